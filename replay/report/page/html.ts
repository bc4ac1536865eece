import { createHash } from 'node:crypto';
import type { ReplayResult, Report } from '../../result.ts';
import { demandSection } from '../charts/demand.ts';
import { demandData } from '../charts/demand-data.ts';
import { fanSection } from '../charts/fan.ts';
import { fanData } from '../charts/fan-data.ts';
import { frontierSection } from '../charts/frontier.ts';
import { podRanksSection } from '../charts/pod-ranks.ts';
import { weekSection } from '../charts/week-heat-map.ts';
import { CLIENT_SCRIPT } from '../client/script.ts';
import { type Language, texts as textsOf } from '../texts/texts.ts';
import { annotationsSection } from './annotations-section.ts';
import { factsSection } from './facts.ts';
import { glossarySection, tips } from './glossary.ts';
import { header } from './header.ts';
import { jsonForScript, Markup, markup } from './markup.ts';
import { methodSection } from './method.ts';
import { moneySection } from './money-section.ts';
import { policyTable } from './policy-table.ts';
import { reasonsSection } from './reasons.ts';
import { note, section } from './section.ts';
import { STYLE } from './style.ts';

/** The chart library, as text: uPlot's script and style sheet. */
export interface PageAssets {
  readonly uplotJs: string;
  readonly uplotCss: string;
}

/** Whose capacity stands beside the demand. */
const DRAWN = ['predictive', 'hpa'];

/**
 * report.html: one file that needs nothing else. Scripts and styles run only by the hashes in its own policy, so text
 * from a trace could do nothing even if it were not escaped. The same report, result and language give the same bytes.
 */
export function renderHtml(
  report: Report,
  result: ReplayResult,
  assets: PageAssets,
  language: Language = 'en',
): string {
  const texts = textsOf(language);
  const style = `${assets.uplotCss}${STYLE}`;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(assets.uplotJs)} ${hash(CLIENT_SCRIPT)}`,
    `style-src ${hash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const data = { demand: demandData(result, DRAWN), fan: fanData(result), texts: texts.script };
  return markup`<!doctype html>
<html lang="${texts.htmlLang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts.page.title(report.trace.source)}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<main>
${header(report, texts)}
${section('policies', texts.table.heading, note(texts.table.note), policyTable(report, texts))}
${moneySection(report, texts)}
${annotationsSection(report.annotations, texts)}
${demandSection(result, texts)}
<div class="pair">
${frontierSection(report, texts)}
${podRanksSection(report, texts)}
</div>
${fanSection(result, texts)}
<div class="pair">
${weekSection(result.trace, texts)}
${reasonsSection(result, texts)}
</div>
${factsSection(report, result, texts)}
${methodSection(report, result, texts)}
${glossarySection(texts)}
</main>
${tips(texts)}
<script type="application/json" id="data">${jsonForScript(data)}</script>
<script>${new Markup(assets.uplotJs)}</script>
<script>${new Markup(CLIENT_SCRIPT)}</script>
</body>
</html>
`.text;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
