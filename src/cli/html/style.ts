/** The style of the page, light and dark. Colour never carries a meaning alone: a word or a shape says it too. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --panel: #f6f7f9; --line: #d9dde3; --ink: #1b2027; --faint: #5d6673; --link: #0b57c2;
  --good: #1f8a4c; --bad: #c62f2f; --kept: #0e7c9c; --wait: #a86a00; --idle: #7b8490; --work: #2563c9; --slow: #8a3fd1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --panel: #1c2027; --line: #333a45; --ink: #e5e8ed; --faint: #9aa4b2; --link: #7db1ff;
    --good: #4cc07d; --bad: #f2706b; --kept: #4fc3e0; --wait: #e3a83f; --idle: #7f8996; --work: #6ea2f5; --slow: #c193f5;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 96rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
h3 { font-size: 1rem; margin: 0 0 .3rem; font-weight: 600; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre { font: 12.5px/1.5 ui-monospace, monospace; }
pre { margin: .3rem 0; padding: .7rem; background: var(--panel); border: 1px solid var(--line); border-radius: 5px;
  overflow: auto; max-height: 32rem; white-space: pre-wrap; overflow-wrap: anywhere; }
small, .note { color: var(--faint); } .note { margin: .2rem 0 .6rem; }
dl { display: flex; flex-wrap: wrap; gap: .3rem 1.8rem; margin: .8rem 0 0; }
dt { font-size: 12px; color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
.status { font-size: .85rem; font-weight: 600; padding: .05rem .5rem; border-radius: 1rem; white-space: nowrap;
  color: var(--tone); border: 1px solid var(--tone); }
h1 .status { font-size: 1rem; vertical-align: middle; }
.totals { margin: .5rem 0 0; } .total { margin-right: 1rem; color: var(--tone); } .total b { font-size: 1.15rem; }
.error { color: var(--bad); margin: .2rem 0; overflow-wrap: anywhere; }
.status, .total, .node { --tone: var(--idle); }
.succeeded { --tone: var(--good) !important; } .cached { --tone: var(--kept) !important; }
.failed, .timed_out, .crashed { --tone: var(--bad) !important; }
.running, .ready { --tone: var(--work) !important; } .retrying, .cancelled { --tone: var(--wait) !important; }
article { border-left: 3px solid var(--bad); padding: .1rem 0 .1rem .9rem; margin: .8rem 0; }
.canvas { overflow: auto; max-height: 75vh; border: 1px solid var(--line); border-radius: 6px; }
.canvas > svg { display: block; margin: 0 auto; }
.edges path { fill: none; stroke: var(--idle); stroke-opacity: .55; stroke-width: 1.2; }
.edges .control { stroke-dasharray: 4 3; }
.edges .slow { stroke: var(--slow); stroke-width: 2.4; stroke-opacity: 1; }
.edges .lit { stroke: var(--link); stroke-width: 2.2; stroke-opacity: 1; }
.node rect { fill: var(--panel); stroke: var(--line); } .node .mark { fill: var(--tone); stroke: none; }
.node.slow rect:not(.mark) { stroke: var(--slow); stroke-width: 2; }
.node.many rect:not(.mark) { stroke-dasharray: 5 3; stroke: var(--idle); }
.node:hover rect:not(.mark), .node:focus-visible rect:not(.mark) { stroke: var(--link); stroke-width: 2; }
.node text { font: 12px system-ui, sans-serif; fill: var(--ink); } .node .line { font-size: 11px; fill: var(--faint); }
.lane { display: grid; grid-template-columns: minmax(8rem, 17rem) 1fr; gap: .8rem; align-items: center; padding: 1px 4px;
  border-radius: 3px; }
.lane:hover { background: var(--panel); }
.lane > :first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lane.slow > :first-child { border-left: 3px solid var(--slow); padding-left: .4rem; font-weight: 600; }
.lane > .element { padding-left: 1.4rem; }
.mapped > summary { list-style: none; cursor: pointer; } .mapped > summary span::before { content: "▸ "; }
.mapped[open] > summary span::before { content: "▾ "; }
.bar { width: 100%; height: 16px; display: block; background: linear-gradient(to right, var(--line) 1px, transparent 1px) 0 0 / 25% 100%;
  border-right: 1px solid var(--line); }
.ticks { display: flex; justify-content: space-between; color: var(--faint); font-size: 12px; } .ticks i { font-style: normal; }
.axis { position: sticky; top: 0; background: var(--paper); }
.bar rect { fill: var(--idle); } .bar .queued { fill: var(--idle); fill-opacity: .55; } .bar .waiting { fill: var(--wait); fill-opacity: .8; }
.bar .succeeded { fill: var(--good); } .bar .failed, .bar .timed_out, .bar .crashed { fill: var(--bad); }
.bar .open { fill: var(--work); } .bar .cancelled { fill: var(--wait); }
.key { margin-right: 1.1rem; white-space: nowrap; }
.key::before { content: ""; display: inline-block; width: 1.4rem; height: .7rem; margin-right: .35rem; background: var(--good); }
.key.queued::before { height: .3rem; background: var(--idle); opacity: .55; vertical-align: .2rem; }
.key.waiting::before { height: .3rem; background: var(--wait); vertical-align: .2rem; }
.key.slow::before { width: 3px; background: var(--slow); height: .9rem; vertical-align: -.1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .28rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td:last-child { overflow-wrap: anywhere; color: var(--faint); } tbody th { font-weight: 500; white-space: nowrap; }
thead th { position: sticky; top: 0; background: var(--panel); font-size: 12.5px; }
thead button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th[aria-sort=ascending] button::after { content: " ▲"; } th[aria-sort=descending] button::after { content: " ▼"; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr:target { background: color-mix(in srgb, var(--link) 16%, transparent); }
.tools { margin: 0 0 .6rem; display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; }
.tools[hidden] { display: none; }
input[type=search] { font: inherit; padding: .15rem .5rem; border: 1px solid var(--line); border-radius: 4px; background: var(--paper); color: var(--ink); }
details > summary { cursor: pointer; }
#logs details { border-bottom: 1px solid var(--line); padding: .25rem 0; }
@media print { .canvas, pre { max-height: none; overflow: visible; } .tools { display: none; } }
`;
