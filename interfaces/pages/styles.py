"""How a page looks: light or dark as the reader's screen is, and black on white on paper."""

from __future__ import annotations

from typing import Final

STYLES: Final = """
:root { --ink: #1f2328; --quiet: #59636e; --paper: #ffffff; --rule: #d1d9e0;
  --equity: #0969da; --floor: #cf222e; --day: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9198a1; --paper: #0d1117;
  --rule: #3d444d; --equity: #4493f8; --floor: #f85149; --day: #d29922; } }
@media print { :root { --ink: #000000; --quiet: #333333; --paper: #ffffff; --rule: #999999;
  --equity: #0550ae; --floor: #a40e26; --day: #7d4e00; } }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin-bottom: 0.25rem; } h2 { margin-top: 2rem; }
.why { font-size: 1.2rem; margin-top: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.2rem; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
dl.settings { font: 13px/1.5 ui-monospace, monospace; }
code, pre { font: 14px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { border: 1px solid var(--rule); padding: 0.6rem; }
figure { margin: 0; } figcaption { color: var(--quiet); font-size: 0.9rem; }
.scrolls { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem;
  border-bottom: 1px solid var(--rule); }
td.amount, td.time { white-space: nowrap; } td.amount { text-align: right; }
td.gap { text-align: center; color: var(--quiet); } .found { font-weight: 600; }
svg { width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: var(--ink); }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg polyline { fill: none; stroke-width: 2; }
svg .equity { stroke: var(--equity); } svg .dot { fill: var(--equity); }
svg .floor { stroke: var(--floor); } svg .daily { stroke: var(--day); stroke-dasharray: 6 4; }
svg .verdict { fill: var(--paper); stroke: var(--floor); stroke-width: 3; }
.scrolls svg { min-width: 36rem; } .scrolls td:nth-child(3) { min-width: 14rem; }
@media (max-width: 40rem) { main { padding: 1rem; } dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 0.4rem; } dl.settings { grid-template-columns: 1fr 1fr; } }
@media print { .scrolls svg { min-width: 0; } main { max-width: none; padding: 0; }
  .scrolls { overflow: visible; }
  tr, figure { break-inside: avoid; } thead { display: table-header-group; } }
"""
