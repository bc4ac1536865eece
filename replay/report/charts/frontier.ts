import type { PolicyName, Report } from '../../result.ts';
import { at, type Markup, markup } from '../page/markup.ts';
import { note, section } from '../page/section.ts';
import { policiesThatRan, policyTitle } from '../policy-title.ts';
import type { Texts } from '../texts/en.ts';
import { type Box, type Labelled, placeLabels } from './label-placement.ts';

/** Drawing units; the picture is scaled to its column, so that a phone shows 12-unit text at about 10 px. */
const WIDTH = 360;
const HEIGHT = 280;
const PLOT = { left: 70, right: WIDTH - 10, top: 12, bottom: HEIGHT - 44 };

/** Unmet demand below this, in bp, is drawn nearly linearly, above it by its logarithm: so 0 has a place of its own. */
const LINEAR_BP = 0.05;
const UNMET_TICKS = [0, 0.1, 1, 10, 100, 1_000, 10_000];

interface Dot extends Labelled {
  readonly name: PolicyName;
}

export function frontierSection(report: Report, texts: Texts): Markup {
  const { heading, note: hint } = texts.frontier;
  return section('frontier', heading, note(hint), markup`<figure>${frontierSvg(report, texts)}</figure>`);
}

/** Every policy by its cost (right is dearer) and its unmet demand (up is worse). */
function frontierSvg(report: Report, texts: Texts): Markup {
  const names = policiesThatRan(report);
  const { frontier } = texts;
  const costs = names.map((name) => report.policies[name]!.cost);
  const currency = report.policies[names[0]!]?.currency ?? '';
  const x = costAxis(costs);
  const worst = Math.max(3 * report.unmetTargetBp, 1, ...names.map((name) => report.policies[name]!.unmetBp));
  const y = (bp: number) => PLOT.bottom - 20 - (warp(bp) / warp(worst * 1.3)) * (PLOT.bottom - PLOT.top - 24);
  const dots = mergeAlike(
    names.map((name): Dot => {
      const { cost, unmetBp } = report.policies[name]!;
      return { name, title: policyTitle(name, report, texts), x: x.place(cost), y: y(unmetBp) };
    }),
  );
  const sloY = y(report.unmetTargetBp);
  const slo = { x0: PLOT.left, y0: sloY - 1, x1: PLOT.right, y1: sloY + 1 };
  const words = { x0: PLOT.right - 90, y0: sloY - 15, x1: PLOT.right, y1: sloY - 1 };
  const boxes = placeLabels(dots, { x0: PLOT.left, y0: 0, x1: WIDTH, y1: PLOT.bottom }, [slo, words]);
  return markup`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${frontier.label(names.map((name) => point(name, name, report, texts)))}">
${UNMET_TICKS.filter((bp) => bp <= worst * 1.3).map((bp) => unmetTick(bp, y(bp), texts))}
${x.ticks.map((cost) => costTick(cost, x.place(cost), texts))}
<line class="axis" x1="${PLOT.left}" y1="${PLOT.bottom}" x2="${PLOT.right}" y2="${PLOT.bottom}"/>
${sloLine(frontier.slo(report.unmetTargetBp), sloY)}
<text class="axis-title" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${frontier.costAxis(currency, x.log)}</text>
<text class="axis-title" transform="translate(11 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">${frontier.unmetAxis}</text>
${dots.map((dot, i) => drawDot(dot, boxes[i]!, point(dot.name, dot.title, report, texts)))}
</svg>`;
}

/** Policies in the same place (an HPA whose target is the tuned one) share a dot and a label: "hpa = hpa-tuned 70 %". */
function mergeAlike(dots: readonly Dot[]): Dot[] {
  const merged: Dot[] = [];
  for (const dot of dots) {
    const same = merged.findIndex(({ x, y }) => Math.abs(x - dot.x) < 1 && Math.abs(y - dot.y) < 1);
    if (same < 0) merged.push(dot);
    else merged[same] = { ...merged[same]!, title: `${merged[same]!.name} = ${dot.title}` };
  }
  return merged;
}

function warp(bp: number): number {
  return Math.log10(1 + bp / LINEAR_BP);
}

/** Linear, or logarithmic where a rival costs more than four times the cheapest. */
function costAxis(costs: readonly number[]) {
  const positive = costs.filter((cost) => cost > 0);
  const low = Math.min(...positive, Number.MAX_VALUE);
  const high = Math.max(...positive, 0);
  if (positive.length === 0) return { log: false, place: () => (PLOT.left + PLOT.right) / 2, ticks: [] };
  const log = high / low > 4;
  const scale = log ? Math.log : (v: number) => v;
  const margin = Math.max((scale(high) - scale(low)) * 0.08, log ? 0.05 : high * 0.02);
  // Twice as much on the left: the cheapest policies crowd there and want room for their labels.
  const [from, to] = [scale(low) - 2 * margin, scale(high) + margin];
  const place = (cost: number) => {
    const share = (scale(Math.max(cost, low / 2)) - from) / (to - from);
    return PLOT.left + Math.min(1, Math.max(0, share)) * (PLOT.right - PLOT.left);
  };
  const unscale = log ? Math.exp : (v: number) => v;
  return { log, place, ticks: log ? logTicks(unscale(from), unscale(to)) : linearTicks(from, to) };
}

function linearTicks(from: number, to: number): number[] {
  const rough = (to - from) / 5;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * size).find((candidate) => candidate >= rough) ?? rough;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

function logTicks(from: number, to: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power++) {
    for (const m of [1, 2, 5]) {
      const tick = Number((m * 10 ** power).toPrecision(12));
      if (tick >= from && tick <= to) ticks.push(tick);
    }
  }
  return ticks;
}

function unmetTick(bp: number, y: number, { formats }: Texts): Markup {
  return markup`<line class="grid" x1="${PLOT.left}" y1="${at(y)}" x2="${PLOT.right}" y2="${at(y)}"/><text x="${
    PLOT.left - 5
  }" y="${at(y + 4)}" text-anchor="end">${formats.unmet(bp, 0)}</text>`;
}

function costTick(cost: number, x: number, { formats }: Texts): Markup {
  return markup`<line class="grid" x1="${at(x)}" y1="${PLOT.top}" x2="${at(x)}" y2="${PLOT.bottom}"/><text x="${at(
    x,
  )}" y="${PLOT.bottom + 16}" text-anchor="middle">${formats.threeDigits(cost)}</text>`;
}

function sloLine(label: string, y: number): Markup {
  return markup`<line class="slo" x1="${PLOT.left}" y1="${at(y)}" x2="${PLOT.right}" y2="${at(y)}"/><text class="slo-label" x="${
    PLOT.right - 2
  }" y="${at(y - 4)}" text-anchor="end">${label}</text>`;
}

function drawDot(dot: Dot, box: Box, meaning: string): Markup {
  const middle = { x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2 };
  const far = Math.abs(middle.y - dot.y) > 20;
  const leader = markup`<line class="leader" x1="${at(dot.x)}" y1="${at(dot.y)}" x2="${at(middle.x)}" y2="${at(
    middle.y < dot.y ? box.y1 - 1 : box.y0 + 2,
  )}"/>`;
  return markup`<g class="dot ${dot.name}"><title>${meaning}</title>${far ? leader : undefined}<circle cx="${at(dot.x)}" cy="${at(dot.y)}" r="5.5"/><text x="${at(
    middle.x,
  )}" y="${at(middle.y + 4)}" text-anchor="middle">${dot.title}</text></g>`;
}

function point(name: PolicyName, title: string, report: Report, { frontier, formats }: Texts): string {
  const { cost, currency, unmetBp } = report.policies[name]!;
  return frontier.point(title, formats.money(cost, currency), formats.served(unmetBp, report.unmetTargetBp));
}
