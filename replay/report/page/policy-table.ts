import type { PolicyFigures, PolicyName, Report } from '../../result.ts';
import { policiesThatRan, policyTitle } from '../policy-title.ts';
import type { Texts } from '../texts/en.ts';
import { cardTable } from './card-table.ts';
import { term } from './glossary.ts';
import { type Markup, markup } from './markup.ts';

interface Column {
  readonly title: string | Markup;
  readonly cell: (figures: PolicyFigures, name: PolicyName) => Markup | string;
}

/** All policies that ran, by cost and service. */
export function policyTable(report: Report, texts: Texts): Markup {
  const columns = columnsOf(report, texts);
  const rows = policiesThatRan(report).map((name) => ({
    policy: name,
    title: markup`${policyTitle(name, report, texts)}<small>${meaning(name, report, texts)}</small>`,
    cells: columns.map(({ cell }) => cell(report.policies[name]!, name)),
  }));
  const titles = columns.map(({ title }) => title);
  return cardTable(texts.table.caption, texts.table.policy, titles, rows);
}

function columnsOf(report: Report, texts: Texts): Column[] {
  const { formats: f, table } = texts;
  const { money } = report;
  const lines = (first: string | Markup, second: string) => markup`${first}<small>${second}</small>`;
  return [
    {
      title: term(texts, 'extrapolation', table.cost),
      cell: (_, name) => f.money(money.policies[name]!.per30Days, money.currency),
    },
    { title: table.againstHpa, cell: ({ savingVs }) => change(savingVs.hpa, texts) },
    { title: table.againstTuned, cell: ({ savingVs }) => change(savingVs['hpa-tuned'], texts) },
    { title: term(texts, 'served', table.served), cell: (figures) => served(figures, report, texts) },
    {
      title: term(texts, 'under-provisioned', table.underProvisioned),
      cell: ({ violationMinutes, largestShortage }) =>
        violationMinutes === 0
          ? f.duration(0)
          : lines(f.duration(violationMinutes * 60), table.missingAtMost(largestShortage)),
    },
    { title: term(texts, 'pod-starts', table.starts), cell: ({ startsPerDay }) => f.number(startsPerDay) },
    {
      title: term(texts, 'saturation', table.saturation),
      cell: ({ saturationP95, saturationP99 }) => `${share(saturationP95, f)} / ${share(saturationP99, f)}`,
    },
    {
      title: term(texts, 'ready-ahead', table.readyAhead),
      cell: ({ leadSeconds }) => (leadSeconds === null ? '–' : f.duration(leadSeconds)),
    },
    {
      title: term(texts, 'oracle', table.oracle),
      cell: ({ oracleRatio }) => (oracleRatio === null ? '–' : f.fixed(oracleRatio, 3)),
    },
    {
      title: term(texts, 'pod-hours', table.podHours),
      cell: ({ podHours }) => f.number(podHours, podHours < 1_000 ? 1 : 0),
    },
  ];
}

function share(fraction: number | null, f: Texts['formats']): string {
  return fraction === null ? '–' : f.percent(fraction);
}

function meaning(name: PolicyName, { policies, verdict }: Report, texts: Texts): string {
  const what = name === 'hpa' && verdict.ownHpa ? texts.yourHpa : texts.policies[name];
  const { windowSeconds } = policies[name]!;
  return windowSeconds === undefined ? what : texts.table.withWindow(what, windowSeconds);
}

/** A saving is a fall of the cost. */
function change(saving: number | undefined, { formats, figures, table }: Texts): Markup | string {
  if (saving === undefined) return '–';
  if (formats.percent(Math.abs(saving)) === formats.percent(0)) return table.same;
  return saving > 0
    ? markup`<span class="good">${figures.less(saving)}</span>`
    : markup`<span class="bad">${figures.more(-saving)}</span>`;
}

function served({ unmetBp }: PolicyFigures, { unmetTargetBp }: Report, { formats, table }: Texts): Markup {
  const [mood, mark, meaning] = unmetBp <= unmetTargetBp ? ['good', '✓', table.kept] : ['bad', '✗', table.broken];
  return markup`${formats.served(unmetBp, unmetTargetBp)} <span class="${mood}" role="img" aria-label="${meaning}" title="${meaning}">${mark}</span>`;
}
