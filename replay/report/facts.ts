import type { ReplayResult, Report } from '../result.ts';
import { term } from './glossary.ts';
import { type Markup, markup } from './markup.ts';
import { section } from './section.ts';
import type { Texts } from './texts/en.ts';

/** What was replayed, as pairs of a name and a value. */
export function factsSection(report: Report, { settings }: ReplayResult, texts: Texts): Markup {
  const { facts, formats } = texts;
  const { trace, forecast, observation, startCostSeconds } = report;
  const { kind, scrapeSeconds, windowSeconds } = observation;
  const pairs: readonly (readonly [string | Markup, string | Markup])[] = [
    [facts.trace, facts.everySeconds(trace.source, trace.stepSeconds)],
    [facts.sha256, trace.sha256],
    [facts.replayed, facts.span(trace.start, trace.end, settings.historySeconds)],
    [facts.withoutData, formats.percent(trace.noDataFraction)],
    [term(texts, 'observation', facts.observation), facts.observed[kind](scrapeSeconds, windowSeconds)],
    [term(texts, 'period', facts.period), period(report, texts)],
    [facts.model, facts.modelOf(forecast.model, forecast.why)],
    [facts.ahead(forecast.leadSeconds), accuracy(report, texts)],
    [term(texts, 'start-cost', facts.startCost), facts.startCostOf(startCostSeconds)],
    ...prices(report, texts),
    [facts.madeBy, `prescale ${report.tool.version}`],
  ];
  return section(
    'facts',
    facts.heading,
    markup`<dl>${pairs.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`,
  );
}

function period({ period: { found, seconds, strength, reason } }: Report, { facts }: Texts): string {
  return found ? facts.periods(seconds, strength) : facts.noPeriod(reason);
}

function accuracy({ forecast: { wape, wql, coverage95 } }: Report, texts: Texts): string | Markup {
  const { facts, formats } = texts;
  if (wape === null) return facts.noAccuracy;
  const parts = [
    markup`${term(texts, 'wape')} ${formats.percent(wape)}`,
    markup`${term(texts, 'wql')} ${formats.number(wql ?? 0, 3)}`,
    markup`${term(texts, 'coverage')} ${formats.percent(coverage95 ?? 0)}`,
  ];
  return markup`${parts[0]} · ${parts[1]} · ${parts[2]}`;
}

function prices({ prices, policies }: Report, { facts, formats }: Texts): (readonly [string, string])[] {
  const currency = Object.values(policies)[0]?.currency;
  if (prices === undefined || currency === undefined) return [];
  const amount = `${currency} ${formats.threeDigits(prices.podHour)}`;
  return [[facts.prices, facts.priceOf(amount, prices.source, prices.date)]];
}
