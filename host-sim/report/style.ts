/** Colours after Okabe and Ito, which the colour-blind tell apart; every meaning has a shape of its own as well. */
export const COLOUR = {
  ink: "#1b2430",
  muted: "#5b6675",
  faint: "#d9dee5",
  running: "#56b4e9",
  line: "#0b5394",
  paused: "#e69f00",
  complete: "#9aa5b1",
  off: "#111111",
  permit: "#009e73",
  soft: "#e69f00",
  refused: "#d55e00",
  bolus: "#0072b2",
  attack: "#a0337d",
  bandSafe: "#e6f4ea",
  bandSoft: "#fdf0d0",
  bandHard: "#fbdcd2",
  landmark: "#5b4b8a",
} as const;

/** Stands in the file as it is: HTML knows no escapes here, so it has neither `<` nor `&`. */
export const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f4f6f8; color: ${COLOUR.ink}; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 0 24px 48px; }
header { background: #10243b; color: #fff; padding: 26px 0 22px; margin-bottom: 22px; }
header > div { max-width: 1280px; margin: 0 auto; padding: 0 24px; }
h1 { margin: 0 0 4px; font-size: 28px; font-weight: 650; letter-spacing: -0.01em; }
header p { margin: 2px 0; color: #c9d6e4; }
header code { background: #1d3a5a; color: #fff; padding: 2px 8px; border-radius: 5px; }
.notice { display: inline-block; background: #ffd479; color: #3a2a00; font-weight: 650; padding: 2px 10px; border-radius: 5px; margin-bottom: 10px; }
h2 { font-size: 20px; margin: 0 0 4px; font-weight: 650; }
h3 { font-size: 15px; margin: 0 0 2px; font-weight: 650; }
h3 .unit { font-weight: 400; color: ${COLOUR.muted}; font-size: 13.5px; }
section { background: #fff; border: 1px solid ${COLOUR.faint}; border-radius: 10px; padding: 20px 22px; margin-bottom: 20px; }
section > p { margin: 0 0 12px; color: ${COLOUR.muted}; max-width: 95ch; }
.tiles { display: grid; grid-template-columns: repeat(5, 1fr); gap: 14px; margin-bottom: 20px; }
.tile { background: #fff; border: 1px solid ${COLOUR.faint}; border-left: 5px solid ${COLOUR.permit}; border-radius: 10px; padding: 14px 16px; }
.tile.bad { border-left-color: ${COLOUR.refused}; }
.tile.plain { border-left-color: ${COLOUR.running}; }
.tile b { display: block; font-size: 25px; line-height: 1.2; font-weight: 650; }
.tile span { color: ${COLOUR.muted}; font-size: 13.5px; }
.problems { border-left: 5px solid ${COLOUR.refused}; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 22px 26px; }
@media (max-width: 900px) { .two { grid-template-columns: 1fr; } .tiles { grid-template-columns: 1fr 1fr; } }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; color: ${COLOUR.muted}; font-size: 13.5px; margin: 4px 0 10px; }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.legend svg { width: 18px; height: 14px; }
svg { display: block; width: 100%; height: auto; }
svg text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: ${COLOUR.ink}; font-size: 12px; }
svg text.muted { fill: ${COLOUR.muted}; }
svg text.strong { font-weight: 650; font-size: 13px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid ${COLOUR.faint}; vertical-align: top; }
th { color: ${COLOUR.muted}; font-weight: 600; font-size: 13px; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.nowrap { white-space: nowrap; }
.ok, .bad-text { font-weight: 650; white-space: nowrap; }
.ok { color: #00714f; }
.bad-text { color: #a83f00; }
.warn-text { color: #7a5200; font-weight: 650; }
details { margin-top: 10px; }
summary { cursor: pointer; color: ${COLOUR.line}; }
p.note { margin: 6px 0 4px; color: ${COLOUR.muted}; max-width: 110ch; }
footer { color: ${COLOUR.muted}; font-size: 13.5px; }
`;
