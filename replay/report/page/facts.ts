import type { ReplayResult, Report } from '../../result.ts';
import type { Texts } from '../texts/en.ts';
import { term } from './glossary.ts';
import { type Markup, markup } from './markup.ts';
import { section } from './section.ts';

/** What was replayed, as pairs of a name and a value. */
export function factsSection(report: Report, { settings }: ReplayResult, texts: Texts): Markup {
  const { facts, formats } = texts;
  const { trace, forecast, observation, startCostSeconds } = report;
  const pairs: readonly (readonly [string | Markup, string | Markup])[] = [
    [facts.trace, facts.everySeconds(trace.source, trace.stepSeconds)],
    [facts.sha256, trace.sha256],
    [facts.replayed, facts.span(trace.start, trace.end, settings.historySeconds)],
    [facts.withoutData, formats.percent(trace.noDataFraction)],
    [term(texts, 'observation', facts.observation), observed(observation, texts)],
    ...filling(report, texts),
    [term(texts, 'period', facts.period), period(report, texts)],
    [facts.model, facts.modelOf(forecast.model, forecast.why)],
    [facts.ahead(forecast.leadSeconds), accuracy(report, texts)],
    ...hpa(settings, texts),
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

/** What policies saw, in words. */
export function observed(observation: Report['observation'], { facts }: Texts): string {
  const { kind, scrapeSeconds, windowSeconds, lossProbability } = observation;
  const seen = facts.observed[kind](scrapeSeconds, windowSeconds);
  return lossProbability === undefined ? seen : facts.lossOf(seen, lossProbability);
}

/** A trace by the minute is taken as it is. */
function filling({ filling }: Report, texts: Texts): Row[] {
  return filling === undefined
    ? []
    : [[term(texts, 'filling', texts.facts.filling), texts.facts.filled[filling.method]]];
}

function hpa({ hpa, podCapacity }: ReplayResult['settings'], texts: Texts): Row[] {
  return hpa === undefined ? [] : [[term(texts, 'hpa', texts.facts.hpa), texts.facts.hpaOf(hpa, podCapacity)]];
}

type Row = readonly [string | Markup, string | Markup];

function prices({ prices, policies }: Report, texts: Texts): Row[] {
  const { facts, formats, ranks } = texts;
  const currency = Object.values(policies)[0]?.currency;
  if (prices === undefined || currency === undefined) return [];
  const amount = `${currency} ${formats.threeDigits(prices.podHour)}`;
  const minimum = prices.minimumSeconds > 0 ? facts.minimum(prices.minimumSeconds) : '';
  const rows: Row[] = [
    [facts.prices, `${facts.priceOf(amount, prices.elastic, prices.source, prices.date)}${minimum}`],
  ];
  const { resident } = prices;
  if (resident === undefined) return rows;
  const { name, instance, source, date, assumption } = resident;
  const from = assumption ?? [source, date].join(', ');
  const warning = assumption === undefined ? undefined : ranks.assumption;
  return [
    ...rows,
    [
      term(texts, 'resident', facts.residentPrice),
      markup`${name} <q>${instance}</q>${facts.stop}${warning}<q>${from}</q>`,
    ],
  ];
}
