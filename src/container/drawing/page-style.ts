/** The style sheet of the page. Colours keep their contrast in both schemes; nothing is told by colour alone. */
export const pageStyle = `
:root{color-scheme:light dark;--ground:#fff;--panel:#f6f7f9;--ink:#16202c;--soft:#566373;--rule:#d5dae1;--card:#fff;--card-rule:#8b97a6;--edge:#93a0b0;--needs:#0b62d6;--users:#8a2fc2;--critical:#c2410c;--critical-fill:#fff3ea;--problem:#b3121d;--problem-fill:#ffe9e9;--chip:#e9edf2;--hub:#fff6d1;--hub-rule:#a17a00;--found:#ffe27a;--r0:#eef4fc;--r1:#f0f7ee;--r2:#faf3e8;--r3:#f7eef8;--r4:#ecf6f6;--r5:#f4f1ee}
@media (prefers-color-scheme:dark){:root{--ground:#12171e;--panel:#1a2029;--ink:#e6ebf1;--soft:#9fabb9;--rule:#313b47;--card:#1f2731;--card-rule:#66758a;--edge:#6b7a8d;--needs:#6db0ff;--users:#d391ff;--critical:#ff9a5c;--critical-fill:#3a2416;--problem:#ff7a80;--problem-fill:#431a1e;--chip:#2e3844;--hub:#3a3216;--hub-rule:#d9b544;--found:#6b5600;--r0:#161f2b;--r1:#17211b;--r2:#231e17;--r3:#211a25;--r4:#152122;--r5:#1f1d1b}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;height:100vh;display:grid;grid-template:auto minmax(0,1fr)/minmax(0,1fr) 25rem;font:14px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
header{grid-column:1/-1;display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1.25rem;padding:.5rem 1rem;border-bottom:1px solid var(--rule);background:var(--panel)}
h1{font-size:1rem;margin:0}
h2{font-size:.9rem;margin:0 0 .5rem}
header p{margin:0;color:var(--soft)}
.tools{display:flex;gap:.4rem;align-items:center;margin-left:auto}
input,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--card-rule);border-radius:6px;padding:.2rem .55rem}
input{width:14rem}
button{cursor:pointer}
:focus-visible{outline:3px solid var(--needs);outline-offset:1px}
main{overflow:auto;padding:.5rem}
main svg{display:block}
aside{overflow:auto;overflow-wrap:anywhere;border-left:1px solid var(--rule);background:var(--panel);padding:.75rem 1rem}
section{margin-bottom:1.25rem}
.legend{display:flex;flex-wrap:wrap;gap:.15rem .9rem;color:var(--soft);font-size:12px}
.legend span{display:inline-flex;align-items:center;gap:.35rem;white-space:nowrap}
.legend path{fill:none}
table{border-collapse:collapse;width:100%;font-size:12px}
th,td{text-align:left;padding:.15rem .4rem .15rem 0;vertical-align:top;border-bottom:1px solid var(--rule);font-weight:400}
thead th{color:var(--soft);position:sticky;top:-.75rem;background:var(--panel)}
td.time{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.link{border:0;background:none;padding:0;text-align:left;text-decoration:underline;text-decoration-color:var(--rule);font:12px/1.35 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;overflow-wrap:anywhere}
.link small{color:var(--soft)}
.bar{fill:var(--edge)}
.critical .bar{fill:var(--critical)}
tr.critical .link{color:var(--critical);font-weight:700}
tr.dim{display:none}
.problems li{margin-bottom:.6rem}
.problems strong{color:var(--problem);font-weight:600}
.problems ol{padding-left:1.2rem;margin:0}
.hint{color:var(--soft)}
pre{margin:.25rem 0;font:11.5px/1.35 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;overflow-x:auto}
dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.15rem .8rem;margin:0;font-size:12.5px}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
dd ul{list-style:none;margin:0;padding:0}
svg text{font:12.5px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:var(--ink)}
.region rect{stroke:var(--rule)}
.region text{font:600 14px system-ui,sans-serif;letter-spacing:.06em}
.region .count{fill:var(--soft);font-weight:400}
.r0 rect{fill:var(--r0)}.r1 rect{fill:var(--r1)}.r2 rect{fill:var(--r2)}.r3 rect{fill:var(--r3)}.r4 rect{fill:var(--r4)}.r5 rect{fill:var(--r5)}
.card{cursor:pointer;outline:none}
.card>rect{fill:var(--card);stroke:var(--card-rule)}
.card .name{font-weight:600}
.card .note,.chip text{font-size:10.5px;fill:var(--soft)}
.chip rect{fill:var(--chip)}
.chip.lazy rect{fill:none;stroke:var(--edge);stroke-dasharray:3 3}
.hub>rect{fill:var(--hub);stroke:var(--hub-rule)}
.k-absent>rect,.k-missing>rect{stroke-dasharray:5 4}
.card.critical>rect{stroke:var(--critical);stroke-width:2.5;fill:var(--critical-fill)}
.card.problem>rect{stroke:var(--problem);stroke-width:2.5;fill:var(--problem-fill)}
.card.problem .note{fill:var(--problem)}
.edge{fill:none;stroke:var(--edge);stroke-width:1.3;marker-end:url(#arrow-plain)}
.edge.lazy{stroke-dasharray:5 4}
.edge.critical{stroke:var(--critical);stroke-width:3;marker-end:url(#arrow-critical)}
.edge.problem{stroke:var(--problem);stroke-width:3;marker-end:url(#arrow-problem)}
.arrow{fill:var(--edge)}.arrow.critical{fill:var(--critical)}.arrow.problem{fill:var(--problem)}.arrow.needs{fill:var(--needs)}.arrow.users{fill:var(--users)}
.focus .edge,.focus .card{opacity:.18}
.focus .card.lit,.focus .edge.lit{opacity:1}
.edge.needs{stroke:var(--needs);stroke-width:2.2;marker-end:url(#arrow-needs)}
.edge.users{stroke:var(--users);stroke-width:2.2;marker-end:url(#arrow-users)}
.card.needs>rect{stroke:var(--needs);stroke-width:2}
.card.users>rect{stroke:var(--users);stroke-width:2}
.chip.needs rect,.chip.users rect{fill:none;stroke:var(--needs)}
.chip.users rect{stroke:var(--users)}
.card.self>rect{stroke:var(--ink);stroke-width:3}
.card:focus-visible>rect{stroke:var(--ink);stroke-width:3.5}
.card.found>rect{fill:var(--found)}
.search .card:not(.found),.search .edge{opacity:.2}
@media (max-width:900px){body{height:auto;grid-template:none/minmax(0,1fr)}aside{border-left:0}main{max-height:70vh}.tools{margin-left:0}}
@media (forced-colors:active){.edge{stroke:CanvasText}.card>rect{stroke:CanvasText}}
@media print{aside,.tools{display:none}body{display:block}}
`;
