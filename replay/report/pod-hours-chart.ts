import type { Report } from '../result.ts';
import { at, type Markup, markup } from './markup.ts';

const WIDTH = 360;
const HEIGHT = 280;
const PLOT = { left: 34, right: WIDTH - 8, top: 12, bottom: HEIGHT - 44 };

/** A bar for each rank of pod, how many hours a day it ran, and the break-even above which the base is cheaper. */
export function podHoursSvg({ hoursPerDay, thresholdHoursPerDay, basePods }: Report['breakEven']): Markup {
  const ranks = hoursPerDay.length;
  const y = (hours: number) => PLOT.bottom - (hours / 24) * (PLOT.bottom - PLOT.top);
  const slot = (PLOT.right - PLOT.left) / Math.max(1, ranks);
  const bars = (from: number, to: number) => barsPath(hoursPerDay, from, to, slot, y);
  const threshold = y(thresholdHoursPerDay);
  const label = `Hours a day by pod rank. ${basePods} of ${ranks} pods run more than ${thresholdHoursPerDay.toFixed(1)} hours a day.`;
  return markup`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
${[0, 6, 12, 18, 24].map((hours) => hourTick(hours, y(hours)))}
<path class="bar base" d="${bars(0, basePods)}"/><path class="bar elastic" d="${bars(basePods, ranks)}"/>
<line class="axis" x1="${PLOT.left}" y1="${PLOT.bottom}" x2="${PLOT.right}" y2="${PLOT.bottom}"/>
<line class="promise" x1="${PLOT.left}" y1="${at(threshold)}" x2="${PLOT.right}" y2="${at(threshold)}"/>
<text class="promise-label" x="${PLOT.right - 2}" y="${at(threshold - 5)}" text-anchor="end">break-even: ${thresholdHoursPerDay.toFixed(1)} h a day</text>
${rankTicks(ranks).map((rank) => rankTick(rank, PLOT.left + (rank - 0.5) * slot))}
<text class="axis-title" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">the n-th pod</text>
<text class="axis-title" transform="translate(11 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">hours a day</text>
</svg>`;
}

/** One path for all bars of a colour: a thousand ranks stay a small picture. */
function barsPath(
  hours: readonly number[],
  from: number,
  to: number,
  slot: number,
  y: (hours: number) => number,
): string {
  const gap = slot > 4 ? 1.5 : slot > 2 ? 0.5 : 0;
  let path = '';
  for (let i = from; i < to; i++) {
    const height = PLOT.bottom - y(hours[i]!);
    path += `M${at(PLOT.left + i * slot + gap / 2)} ${PLOT.bottom}v${at(-height)}h${at(slot - gap)}v${at(height)}z`;
  }
  return path;
}

function hourTick(hours: number, y: number): Markup {
  return markup`<line class="grid" x1="${PLOT.left}" y1="${at(y)}" x2="${PLOT.right}" y2="${at(y)}"/><text x="${
    PLOT.left - 5
  }" y="${at(y + 4)}" text-anchor="end">${hours}</text>`;
}

/** 1 and about eight round ranks. */
function rankTicks(ranks: number): number[] {
  if (ranks === 0) return [];
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000].find((s) => ranks / s <= 9) ?? Math.ceil(ranks / 8);
  const ticks = step === 1 ? [] : [1];
  for (let rank = step; rank <= ranks; rank += step) ticks.push(rank);
  return ticks;
}

function rankTick(rank: number, x: number): Markup {
  return markup`<text x="${at(x)}" y="${PLOT.bottom + 16}" text-anchor="middle">${rank}</text>`;
}
