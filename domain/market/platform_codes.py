"""Product codes of the ProjectX platforms, which name some contracts in their own way.

Their contract ids read `CON.F.US.EP.H26`: a future, in the United States, on `EP` (ES elsewhere),
for March 2026. Only codes seen in the platform's published lists stand here. A code that is missing
is refused rather than guessed: a guess that is wrong by a factor of ten looks entirely plausible.
"""

from typing import Final

_SAME = (
    *("MES", "MNQ", "YM", "MYM", "RTY", "M2K", "EMD", "NKD"),
    *("MNG", "MGC", "SIL", "M6E", "M6A", "M6B", "HE", "GF", "MBT"),
)
_OWN = {
    "EP": "ES",
    "ENQ": "NQ",
    "CLE": "CL",
    "NQM": "QM",
    "MCLE": "MCL",
    "NGE": "NG",
    "RBE": "RB",
    "HOE": "HO",
    "GCE": "GC",
    "SIE": "SI",
    "CPE": "HG",
    "PLE": "PL",
    "TUA": "ZT",
    "FVA": "ZF",
    "TYA": "ZN",
    "TNA": "TN",
    "USA": "ZB",
    "ULA": "UB",
    "EU6": "6E",
    "BP6": "6B",
    "JY6": "6J",
    "DA6": "6A",
    "CA6": "6C",
    "SF6": "6S",
    "NE6": "6N",
    "MX6": "6M",
    "ZCE": "ZC",
    "ZWA": "ZW",
    "ZSE": "ZS",
    "ZME": "ZM",
    "ZLE": "ZL",
    "GLE": "LE",
    "GMET": "MET",
}

PROJECTX_ROOTS: Final = {code: code for code in _SAME} | _OWN
"""The exchange's root symbol, by ProjectX product code."""
