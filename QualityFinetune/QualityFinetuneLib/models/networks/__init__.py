"""The networks. Parameter names follow the published code, so that published weights load as they are."""
