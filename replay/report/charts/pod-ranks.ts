import type { Report } from '../../result.ts';
import { term } from '../page/glossary.ts';
import { at, type Markup, markup } from '../page/markup.ts';
import { note, section } from '../page/section.ts';
import type { Texts } from '../texts/en.ts';

const WIDTH = 360;
const HEIGHT = 280;
const PLOT = { left: 34, right: WIDTH - 8, top: 12, bottom: HEIGHT - 44 };

export function podRanksSection({ breakEven, prices }: Report, texts: Texts): Markup {
  const { ranks } = texts;
  return section(
    'ranks',
    ranks.heading,
    note(legend(breakEven, prices, texts)),
    prices?.resident?.assumption === undefined ? undefined : note(ranks.assumption),
    markup`<figure>${podRanksSvg(breakEven, prices?.resident !== undefined, texts)}</figure>`,
  );
}

function legend({ basePods, savingVsAllElastic }: Report['breakEven'], prices: Report['prices'], texts: Texts): Markup {
  const { ranks } = texts;
  const resident = term(texts, 'resident', ranks.resident(prices?.resident?.name));
  const elastic = term(texts, 'elastic', ranks.elastic(prices?.elastic));
  const base = prices?.resident === undefined ? ranks.noResident : ranks.residentPods(basePods, savingVsAllElastic);
  return markup`<span class="swatch base"></span>${resident}: ${base} · <span class="swatch elastic"></span>${elastic}`;
}

/** A bar for each rank of pod, how many hours a day it ran, and the break-even above which the base is cheaper. */
function podRanksSvg(
  { hoursPerDay, thresholdHoursPerDay, basePods }: Report['breakEven'],
  hasBreakEven: boolean,
  { ranks: words }: Texts,
): Markup {
  const ranks = hoursPerDay.length;
  const y = (hours: number) => PLOT.bottom - (hours / 24) * (PLOT.bottom - PLOT.top);
  const slot = (PLOT.right - PLOT.left) / Math.max(1, ranks);
  const bars = (from: number, to: number) => barsPath(hoursPerDay, from, to, slot, y);
  const threshold = y(thresholdHoursPerDay);
  const label = words.label(basePods, ranks, thresholdHoursPerDay);
  return markup`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
${[0, 6, 12, 18, 24].map((hours) => hourTick(hours, y(hours)))}
<path class="bar base" d="${bars(0, basePods)}"/><path class="bar elastic" d="${bars(basePods, ranks)}"/>
<line class="axis" x1="${PLOT.left}" y1="${PLOT.bottom}" x2="${PLOT.right}" y2="${PLOT.bottom}"/>
${hasBreakEven ? breakEvenLine(threshold, words.breakEven(thresholdHoursPerDay)) : undefined}
${rankTicks(ranks).map((rank) => rankTick(rank, PLOT.left + (rank - 0.5) * slot))}
<text class="axis-title" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${words.rankAxis}</text>
<text class="axis-title" transform="translate(11 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">${words.hoursAxis}</text>
</svg>`;
}

function breakEvenLine(y: number, label: string): Markup {
  return markup`<line class="slo" x1="${PLOT.left}" y1="${at(y)}" x2="${PLOT.right}" y2="${at(y)}"/>
<text class="slo-label" x="${PLOT.right - 2}" y="${at(y - 5)}" text-anchor="end">${label}</text>`;
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
