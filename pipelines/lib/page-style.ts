import type { Html } from './html.ts';

/** For pages of figures: readable on a phone and on paper, in light and dark. */
export const PAGE_STYLE: Html = {
  html: `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fcfcfb, #15171b);
  --panel: light-dark(#f1f2f0, #1f2228);
  --ink: light-dark(#1d2126, #e6e7e9);
  --faint: light-dark(#646b74, #9aa1ab);
  --rule: light-dark(#dcdfdc, #343941);
  --dot: light-dark(#c3c8c6, #444b56);
  --bar: light-dark(#2f6db5, #6ea8ea);
  --calm: light-dark(#4f9bd6, #4f8fd0);
  --alarm: light-dark(#d5331a, #ff6a4d);
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 47rem; margin: 0 auto; padding: 3rem 1.25rem 4rem }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; letter-spacing: -0.02em; text-wrap: balance }
h2 { font-size: 1.15rem; margin: 3rem 0 0.25rem }
p { margin: 0.25rem 0 1rem; color: var(--faint); max-width: 40rem }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.75rem; margin-top: 2rem }
.cards div { background: var(--panel); border-radius: 0.6rem; padding: 0.9rem 1rem }
.cards strong { display: block; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums }
.cards span { color: var(--faint); font-size: 0.85rem }
svg { display: block; width: 100%; height: auto; overflow: visible }
svg text { fill: var(--ink); font-size: 13px; dominant-baseline: central }
svg .label { font-weight: 600 }
svg .detail, svg .tick { fill: var(--faint); font-weight: 400 }
svg .tick { text-anchor: end }
svg .value { font-variant-numeric: tabular-nums }
svg .bar { fill: var(--bar) }
svg .bar.low { fill: var(--calm) }
svg .grid { stroke: var(--rule) }
svg .zero { stroke: var(--faint) }
svg .dots { stroke: var(--dot); stroke-width: 2.2; stroke-linecap: round }
svg circle { fill: color-mix(in oklch, var(--alarm) var(--late), var(--calm)); fill-opacity: 0.75; stroke: var(--paper); stroke-width: 0.8 }
svg g:hover .bar, svg circle:hover { opacity: 0.7 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: 0.4rem 0.75rem; border-bottom: 1px solid var(--rule); white-space: nowrap }
th { color: var(--faint); font-weight: 500; font-size: 0.85rem }
:is(th, td):first-child { text-align: left; padding-left: 0 }
:is(th, td):last-child { padding-right: 0 }
ol { columns: 11rem; padding-left: 1.6rem; margin: 0.5rem 0 }
footer { margin-top: 3.5rem; border-top: 1px solid var(--rule); padding-top: 1rem; font-size: 0.85rem }
@media print { main { max-width: none; padding: 0 } section { break-inside: avoid } }
`,
};
