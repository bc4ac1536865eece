import type { ReplayResult, Report } from '../../result.ts';
import type { Texts } from '../texts/en.ts';
import { term } from './glossary.ts';
import { type Markup, markup } from './markup.ts';
import { section } from './section.ts';

/** How the figures came about: replay's rules in short, with this replay's settings. */
export function methodSection(report: Report, { settings, leadSeconds }: ReplayResult, texts: Texts): Markup {
  const { method } = texts;
  const { p50Seconds, p90Seconds, p99Seconds } = report.startup;
  const { min, max } = report.bounds;
  const pods = [report.podCapacity, p50Seconds, p90Seconds, p99Seconds, report.seed, min, max] as const;
  const rules: readonly (readonly [string | Markup, string])[] = [
    [term(texts, 'sync-period', method.clock), method.clockText(settings.historySeconds, report.filling !== undefined)],
    [term(texts, 'lead-time', method.knowledge), method.knowledgeText(leadSeconds)],
    [term(texts, 'startup', method.pods), method.podsText(...pods)],
    [
      term(texts, 'hpa', method.hpa),
      `${settings.hpa === undefined ? method.hpaText(settings.hpaTarget) : method.ownHpaText}${texts.page.sentenceGap}${method.tunedText}`,
    ],
    [term(texts, 'cron', method.cron), method.cronText],
    [term(texts, 'start-cost', method.cost), method.costText(report.startCostSeconds)],
    [term(texts, 'error-budget', method.service), method.serviceText(report.unmetTargetBp)],
    [term(texts, 'break-even', method.breakEven), method.breakEvenText(report.breakEven.thresholdHoursPerDay)],
  ];
  return section(
    'method',
    method.heading,
    markup`<dl>${rules.map(([name, text]) => markup`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>
<p>${method.again}</p>`,
  );
}
