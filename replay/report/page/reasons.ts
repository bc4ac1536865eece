import type { PlanReason } from '../../../core/decision.ts';
import { type ReplayResult, TICK_SECONDS } from '../../result.ts';
import type { Texts } from '../texts/en.ts';
import { type Markup, markup } from './markup.ts';
import { note, section } from './section.ts';

/** What decided, most frequent first. */
export function reasonsSection({ reasons }: ReplayResult, texts: Texts): Markup {
  const { reasons: words } = texts;
  return section('reasons', words.heading, note(words.note(TICK_SECONDS)), table(reasons, texts));
}

function table(reasons: ReplayResult['reasons'], { reasons: words, formats }: Texts): Markup {
  const rows = Object.entries(reasons).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const all = rows.reduce((sum, [, ticks]) => sum + ticks, 0);
  if (all === 0) return markup`<p>${words.none}</p>`;
  const share = (ticks: number) => (ticks / all < 0.0005 ? words.belowTenth : formats.percent(ticks / all));
  return markup`<table class="reasons"><thead><tr><th scope="col">${words.rule}</th><th scope="col">${words.decisions}</th><th scope="col">${words.share}</th></tr></thead>
<tbody>${rows.map(
    ([reason, ticks]) =>
      markup`<tr><th scope="row">${reason}<small>${words.meaning[reason as PlanReason] ?? ''}</small></th><td>${formats.number(ticks)}</td><td>${share(ticks)} ${bar(ticks / all)}</td></tr>
`,
  )}</tbody></table>`;
}

function bar(share: number): Markup {
  const width = Math.max(0.5, share * 100).toFixed(1);
  return markup`<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="8"/></svg>`;
}
