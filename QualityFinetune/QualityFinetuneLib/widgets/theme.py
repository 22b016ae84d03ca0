"""How the panels look: few rules, taken from the palette so that Slicer's light and dark styles both work.

Status is always told in words; color only repeats it. Text on the two strong colors has a contrast above 6:1.
"""

from __future__ import annotations

STYLE = """
QPushButton[role="primary"] {
  background-color: #0b5cad; color: #ffffff; border: 1px solid #0b5cad; border-radius: 5px;
  padding: 9px 14px; font-weight: bold;
}
QPushButton[role="primary"]:hover { background-color: #0d6ccb; }
QPushButton[role="primary"]:pressed { background-color: #094b8d; }
QPushButton[role="primary"]:focus { border: 2px solid palette(text); }
QPushButton[role="primary"]:disabled { background-color: palette(button); color: palette(text);
  border: 1px solid palette(mid); font-weight: normal; }

QPushButton[role="step"] {
  border: none; border-bottom: 3px solid transparent; padding: 4px 2px; text-align: center;
}
QPushButton[role="step"]:checked { border-bottom: 3px solid #2f8fe6; font-weight: bold; }
QPushButton[role="step"]:hover { background-color: palette(midlight); }
QPushButton[role="step"]:focus { background-color: palette(midlight); }
QFrame[role="steps"] { border-bottom: 1px solid palette(mid); }

QFrame[role="card"], QFrame#runProgress { border: 1px solid palette(mid); border-radius: 6px;
  background-color: palette(base); }
QFrame#messageCard { border: 1px solid palette(mid); border-left: 6px solid #2f8fe6;
  background-color: palette(base); }
QFrame#messageCard[kind="problem"] { border-left: 6px solid #d13438; }
QFrame#messageCard[kind="warning"] { border-left: 6px solid #d98e04; }
QFrame#messageCard[kind="done"] { border-left: 6px solid #2e8b57; }

QLabel[role="title"] { font-size: 17px; font-weight: bold; qproperty-indent: 0; }
QLabel[role="section"] { font-size: 14px; font-weight: bold; padding-top: 8px; qproperty-indent: 0; }
QLabel[role="part"] { color: palette(text); font-style: italic; qproperty-indent: 0; }
QLabel[role="key"] { border: 1px solid palette(mid); border-radius: 3px; padding: 1px 5px; font-family: monospace; }
QPushButton[role="answer"] { border: 1px solid palette(mid); border-radius: 5px; background-color: palette(base); }
QPushButton[role="answer"]:checked { border: 2px solid #2f8fe6; font-weight: bold; }
QPushButton[role="answer"]:focus { border: 2px solid palette(text); }
QLabel[role="heading"] { font-size: 14px; font-weight: bold; }
QLabel[role="muted"] { font-size: 11px; }
QLabel[role="strong"], QLabel[role="messageTitle"] { font-weight: bold; }
QLabel[role="score"] { font-size: 20px; font-weight: bold; }
QLabel[role="metric"] { font-size: 20px; font-weight: bold; }
QLabel[role="quote"] { font-family: monospace; }
QToolButton[role="plain"] { border: none; font-size: 16px; }
QToolButton[role="plain"]:focus { border: 2px solid palette(text); }
"""
