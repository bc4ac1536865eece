import type { PolicyName, Report } from '../../result.ts';
import { policiesThatRan, policyTitle } from '../policy-title.ts';
import type { Texts } from '../texts/en.ts';
import { type CardRow, cardTable } from './card-table.ts';
import { term } from './glossary.ts';
import { type Markup, markup } from './markup.ts';
import { note, section } from './section.ts';

/** The bills of one workload: a day as it was measured, a month and a year extrapolated from it. */
export function moneySection(report: Report, texts: Texts): Markup {
  const { money, breakEven, prices } = report;
  const { money: words } = texts;
  const names = policiesThatRan(report);
  const base = breakEven.basePods > 0 && names.includes('predictive') ? baseRow(report, texts) : undefined;
  const basis = [
    words.basis(money.measuredDays),
    ...(base === undefined ? [] : [words.baseBasis(breakEven.basePods, prices?.resident?.name)]),
    ...(base !== undefined && prices?.resident?.assumption !== undefined ? [texts.ranks.assumption] : []),
  ];
  const columns = [
    words.day,
    term(texts, 'extrapolation', words.month),
    term(texts, 'extrapolation', words.year),
    words.against,
  ];
  const rows = [...names.map((name) => row(name, report, texts)), ...(base === undefined ? [] : [base])];
  return section(
    'money',
    words.heading,
    note(basis.join(texts.page.sentenceGap)),
    cardTable(words.heading, texts.table.policy, columns, rows),
  );
}

function row(name: PolicyName, report: Report, texts: Texts): CardRow {
  const { perDay, per30Days, perYear } = report.money.policies[name]!;
  const cells = sums([perDay, per30Days, perYear], report, texts);
  return {
    policy: name,
    title: policyTitle(name, report, texts),
    cells: [...cells, name === 'hpa' ? '–' : againstHpa(perYear, report, texts)],
  };
}

/** What prediction costs where the pods that run most are on nodes of one's own. */
function baseRow(report: Report, texts: Texts): CardRow {
  const { perDay, per30Days, perYear } = report.money.policies.predictive!;
  const rest = 1 - report.breakEven.savingVsAllElastic;
  const cells = sums([rest * perDay, rest * per30Days, rest * perYear], report, texts);
  return {
    policy: 'predictive',
    title: texts.money.withBase,
    cells: [...cells, againstHpa(rest * perYear, report, texts)],
  };
}

function sums(amounts: readonly number[], { money: { currency } }: Report, { formats }: Texts): string[] {
  return amounts.map((amount) => formats.money(amount, currency));
}

/** A fall of the bill is good news. */
function againstHpa(perYear: number, { money: { policies, currency } }: Report, { formats }: Texts): Markup | string {
  if (policies.hpa === undefined) return '–';
  const change = perYear - policies.hpa.perYear;
  const shown = formats.money(Math.abs(change), currency);
  if (shown === formats.money(0, currency)) return shown;
  return change < 0 ? markup`<span class="good">−${shown}</span>` : markup`<span class="bad">+${shown}</span>`;
}
