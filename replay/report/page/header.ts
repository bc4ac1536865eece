import type { Report } from '../../result.ts';
import type { Texts } from '../texts/en.ts';
import { keyFigures } from './key-figures.ts';
import { type Markup, markup } from './markup.ts';

/** What must be known to read it, what it says, the figures of a reader in a hurry, the rest of the recommendation. */
export function header(report: Report, texts: Texts): Markup {
  const { trace } = report;
  const [headline, ...rest] = texts.recommendation(report);
  return markup`<header>
<p class="over">${texts.page.over(trace.source, trace.start, trace.end)}</p>
${findings(report, texts)}
<h1>${headline}</h1>
${keyFigures(report, texts)}
<p class="rest">${rest.join(texts.page.sentenceGap)}</p>
</header>`;
}

/** They change how a figure must be read, so they stand before the first one: the headline's. */
function findings({ findings }: Report, texts: Texts): Markup | undefined {
  if (findings.length === 0) return undefined;
  const { page } = texts;
  return markup`<div class="findings" role="note" aria-labelledby="h-findings"><h2 id="h-findings">${page.findings}</h2>
<ul>${findings.map(
    (finding) =>
      markup`<li class="${finding.severity}"><strong>${page.severity[finding.severity]}</strong> ${texts.finding(finding) ?? markup`<span lang="en">${finding.text}</span>`}</li>
`,
  )}</ul></div>`;
}
