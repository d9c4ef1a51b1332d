/**
 * The look of the report. Colours have one meaning each: sea for goodput, ochre for latency, plum for circuit breakers,
 * red for faults and what failed, green for what held; and none stands without a word, a sign or a shape.
 */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --panel: #f4f5f2; --ink: #1a2326; --soft: #566267; --rule: #dde1df;
  --sea: #0b6780; --sea-wash: #0b678022; --ochre: #9a5b09; --ochre-soft: #c48a3a; --plum: #68478c;
  --fault: #b23c20; --fault-wash: #b23c2014; --good: #1d7048; --bad: #b02a1e; --on-mark: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12181b; --panel: #1a2226; --ink: #e4eaea; --soft: #9dabb0; --rule: #2c373c;
    --sea: #62bfd8; --sea-wash: #62bfd826; --ochre: #e0a45c; --ochre-soft: #a8793f; --plum: #b99ade;
    --fault: #f08f70; --fault-wash: #f08f701c; --good: #74cf9c; --bad: #ff8f80; --on-mark: #12181b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main, footer { max-width: 64rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
:focus-visible { outline: 2px solid var(--sea); outline-offset: 3px; }
a { color: inherit; text-decoration-color: color-mix(in srgb, var(--sea) 55%, transparent); text-underline-offset: .22em; text-decoration-thickness: 1px; }
a:hover { color: var(--sea); text-decoration-color: currentColor; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; letter-spacing: -.012em; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.75rem, 1.2rem + 2.4vw, 2.75rem); font-weight: 650; margin: .3rem 0 0; letter-spacing: -.022em; }
h2 { font-size: 1.45rem; font-weight: 650; margin: 0 0 .4rem; }
h3 { font-size: 1rem; font-weight: 650; margin: 2.2rem 0 .6rem; }
p { margin: .4rem 0; max-width: 68ch; overflow-wrap: anywhere; }
code, .exact { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
.soft { color: var(--soft); }
.overline { color: var(--soft); font-size: .875rem; margin: 0; }

header { padding: clamp(2rem, 6vw, 4.5rem) 0 2rem; }
.verdict { display: flex; gap: .7rem; align-items: flex-start; line-height: 1.35; font-size: clamp(1.1rem, 1rem + .6vw, 1.35rem); font-weight: 600; margin: 1.5rem 0 .6rem; }
.sign { display: inline-grid; place-items: center; flex: none; width: 1.35em; height: 1.35em; border-radius: 50%; font-size: .85em; font-weight: 700; line-height: 1; border: 1.5px solid currentColor; }
.tone-good { color: var(--good); } .tone-bad { color: var(--bad); } .tone-open { color: var(--soft); }
.mark { display: inline-flex; gap: .45em; align-items: center; white-space: nowrap; font-weight: 600; font-size: .925em; }
.mark .sign { font-size: .72em; }
.tone-bad .sign, .verdict.tone-bad .sign { background: var(--bad); border-color: var(--bad); color: var(--on-mark); }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1.75rem; margin: 1.3rem 0 0; font-size: .875rem; }
.facts div { display: flex; gap: .45rem; } .facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }

section { margin: 0 0 3.5rem; }
.experiment { border-top: 1px solid var(--rule); padding-top: 2.5rem; margin-top: 3.5rem; }
.experiment > .mark { margin: .1rem 0 .5rem; }

.wide-table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .925rem; line-height: 1.45; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .5rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8125rem; vertical-align: bottom; }
th, td { padding: .55rem 1.1rem .55rem 0; border-bottom: 1px solid var(--rule); }
tbody th { color: var(--ink); font-size: inherit; vertical-align: top; font-weight: 500; }
td { vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
td, tbody th { overflow-wrap: break-word; } .exact { overflow-wrap: anywhere; } .number, .nowrap { white-space: nowrap; }
.summary .sparkline { display: block; width: 8.25rem; height: auto; }
.summary tbody th { min-width: 13rem; } .summary td { vertical-align: middle; } .summary tbody th { vertical-align: middle; }

.qualities { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 2rem 3rem; margin: 1.4rem 0 0; padding: 0; list-style: none; }
.qualities li { border-top: 2px solid var(--ink); padding-top: .8rem; }
.qualities h3 { margin: 0; } .figure { font-size: 1.65rem; font-weight: 600; letter-spacing: -.02em; line-height: 1.25; margin: .15rem 0 .25rem; }
.figure.none { color: var(--soft); font-weight: 400; }
.qualities p.detail { font-size: .875rem; color: var(--soft); }

.findings { list-style: none; margin: 1rem 0 0; padding: 0; display: grid; gap: 1.1rem; }
.findings li { display: grid; grid-template-columns: 4.5rem 1fr; gap: 0 1rem; }
.findings p { margin: 0; } .findings .weight { font-size: .8125rem; font-weight: 600; padding-top: .16rem; }
.weight-act { color: var(--bad); } .weight-look { color: var(--ochre); } .weight-note { color: var(--soft); }

figure { margin: 1.5rem 0 .5rem; } figcaption { font-size: .875rem; color: var(--soft); }
.timeline { display: block; width: 100%; height: auto; } .timeline.narrow { display: none; }
.timeline text { font: 12px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
.timeline .panel-title, .timeline .lane-name { fill: var(--ink); font-weight: 600; } .timeline .lane-name { font-weight: 400; }
.grid { stroke: var(--rule); stroke-width: 1; } .axis { stroke: var(--soft); stroke-width: 1; fill: none; }
.line { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.goodput { stroke: var(--sea); } .area { stroke: none; } .area.goodput { fill: var(--sea-wash); }
.offered { stroke: var(--ink); stroke-width: 1.25; stroke-dasharray: 2 3.5; }
.level { stroke: var(--sea); stroke-width: 1; stroke-dasharray: 7 4; opacity: .8; }
.p99 { stroke: var(--ochre); } .p50 { stroke: var(--ochre-soft); stroke-width: 1.25; stroke-dasharray: 5 2.5; }
.fault-shade { fill: var(--fault-wash); } .fault-edge { stroke: var(--fault); stroke-width: 1; opacity: .45; }
.fault-bar { fill: var(--fault); } .timeline .fault-words { fill: var(--fault); font-weight: 600; } .timeline .fault-words.inside { fill: var(--on-mark); }
.band.closed { stroke: var(--plum); stroke-width: 1.5; opacity: .55; } .band.down { stroke: var(--soft); stroke-width: 2; stroke-dasharray: 1.5 4; }
.band.open { fill: var(--plum); } .band.half-open { stroke: var(--plum); stroke-width: 1; } .hatch { stroke: var(--plum); stroke-width: 2; }
.timeline .band-words { fill: var(--on-mark); font-size: 11px; font-weight: 600; }
.moment { stroke: var(--soft); stroke-width: 1.25; } .moment.aborted { stroke: var(--bad); stroke-width: 3; } .timeline .moment-number { font-size: 11px; }
.crosshair { stroke: var(--ink); stroke-width: 1; visibility: hidden; } .reading .crosshair { visibility: visible; }
.read-out { min-height: 1.6em; font-size: .875rem; margin: .4rem 0 0; max-width: none; }
.chart[tabindex] { cursor: crosshair; touch-action: pan-y; }

details { margin: .9rem 0; } summary { cursor: pointer; font-weight: 600; font-size: .925rem; } details[open] > summary { margin-bottom: .7rem; }
footer { border-top: 1px solid var(--rule); padding-top: 1.5rem; padding-bottom: 4rem; font-size: .875rem; color: var(--soft); }
footer p { max-width: 78ch; }

@media (max-width: 44rem) {
  .timeline.wide { display: none; } .timeline.narrow { display: block; }
  .timeline text { font-size: 12.5px; }
  .cards thead { position: absolute; left: -99rem; }
  .cards, .cards tbody, .cards tr, .cards th, .cards td { display: block; }
  .cards tr { border-bottom: 1px solid var(--rule); padding: .8rem 0; }
  .cards th, .cards td { border: 0; padding: .08rem 0; text-align: left; }
  .cards td:not(.bare) { display: grid; grid-template-columns: 6.5rem 1fr; gap: .6rem; align-items: baseline; }
  .cards td::before { content: attr(data-label); color: var(--soft); font-size: .8125rem; }
  .cards td.bare::before { content: none; }
  .figures td { white-space: nowrap; } .figures th, .figures td { padding: .4rem .9rem .4rem 0; font-size: .875rem; }
  .cards tbody th { font-weight: 600; padding-bottom: .25rem; }
  .summary .sparkline { margin: .4rem 0; }
  .findings li { grid-template-columns: 1fr; }
}
@media print {
  :root { --paper: #fff; --panel: #fff; --ink: #000; --soft: #444; --rule: #ccc; --sea: #0b6780; --sea-wash: #0b678022; --ochre: #8a5008; --ochre-soft: #b07a2c; --plum: #5b3c80; --fault: #a8351b; --fault-wash: #a8351b14; --good: #14603b; --bad: #a0241a; --on-mark: #fff; color-scheme: light; }
  @page { margin: 16mm 14mm; }
  html { font-size: 9.5pt; } body { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main, footer { max-width: none; padding: 0; }
  header { padding-top: 0; } h1 { font-size: 22pt; } .verdict { font-size: 13pt; }
  .wide-table { overflow: visible; } table { font-size: 8.5pt; } th { font-size: 7.5pt; } th, td { padding: .35rem .6rem .35rem 0; }
  .summary tbody th { min-width: 0; } .summary .sparkline { width: 5.5rem; } .mark { font-size: inherit; }
  .qualities { grid-template-columns: 1fr 1fr; gap: 1.2rem 2rem; } .figure { font-size: 14pt; } section { margin-bottom: 1.8rem; } h3 { margin-top: 1.3rem; }
  .experiment { break-before: page; border: 0; padding: 0; margin-top: 0; }
  figure, tr, .qualities li, .findings li { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .timeline.wide { display: block; } .timeline.narrow { display: none; }
  details, .read-out, .skip { display: none; } a { color: inherit; text-decoration: none; }
}
`;
