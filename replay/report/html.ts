import { createHash } from 'node:crypto';
import { DAY_SECONDS } from '../../core/series.ts';
import { type ReplayResult, type Report, TICK_SECONDS } from '../result.ts';
import { chartData } from './chart-data.ts';
import { CLIENT_SCRIPT } from './client-script.ts';
import { frontierSvg } from './frontier.ts';
import { jsonForScript, Markup, markup } from './markup.ts';
import { facts, method, reasonsTable } from './method.ts';
import { podHoursSvg } from './pod-hours-chart.ts';
import { keyFigures, policyTable } from './policy-table.ts';
import { firstSentence } from './recommendation.ts';
import { STYLE } from './style.ts';
import { weekHeatMapSvg } from './week-heat-map.ts';
import { duration, instant, keepUnits, percent } from './wording.ts';

/** The chart library, as text: uPlot's script and style sheet. */
export interface PageAssets {
  readonly uplotJs: string;
  readonly uplotCss: string;
}

/** With more days than this the buttons stand for weeks. */
const MOST_DAY_BUTTONS = 21;

/**
 * report.html: one file that needs nothing else. Scripts and styles run only by the hashes in its own policy, so text
 * from a trace could do nothing even if it were not escaped. The same report and result give the same bytes.
 */
export function renderHtml(report: Report, result: ReplayResult, assets: PageAssets): string {
  const style = `${assets.uplotCss}${STYLE}`;
  const headline = firstSentence(report.recommendation);
  const policy = [
    "default-src 'none'",
    `script-src ${hash(assets.uplotJs)} ${hash(CLIENT_SCRIPT)}`,
    `style-src ${hash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prescale: ${report.trace.source}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<main>
${header(report, headline)}
${body(report, result)}
</main>
<script type="application/json" id="data">${jsonForScript(chartData(result, ['predictive', 'hpa']))}</script>
<script>${new Markup(assets.uplotJs)}</script>
<script>${new Markup(CLIENT_SCRIPT)}</script>
</body>
</html>
`.text;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function header(report: Report, headline: string): Markup {
  const { trace } = report;
  const span = `${instant(trace.start)} to ${instant(trace.end)} UTC`;
  return markup`<header>
<p class="over">Prescale replay of ${trace.source} · ${span}</p>
${findingsList(report)}
<h1>${keepUnits(headline)}</h1>
${keyFigures(report)}
<p class="rest">${keepUnits(report.recommendation.slice(headline.length).trim())}</p>
</header>`;
}

/** What changes how the figures must be read stands before the first of them. */
function findingsList({ findings }: Report): Markup | undefined {
  if (findings.length === 0) return undefined;
  const items = findings.map(({ severity, text }) => markup`<li><strong>${severity}</strong> ${keepUnits(text)}</li>`);
  return markup`<section aria-label="Before you read the figures"><ul class="findings">${items}</ul></section>`;
}

function body(report: Report, result: ReplayResult): Markup {
  const { breakEven } = report;
  return markup`<section aria-labelledby="h-policies"><h2 id="h-policies">Policies compared</h2>
<p class="note">Cost of the replayed span, all pods on elastic instances. ✓ and ✗: whether the promise was kept.</p>
${policyTable(report)}</section>
${demandSection(result)}
<div class="pair">
<section aria-labelledby="h-frontier"><h2 id="h-frontier">Cost against unmet demand</h2>
<p class="note">Left is cheaper, down is safer.</p>
<figure>${frontierSvg(report)}</figure></section>
<section aria-labelledby="h-ranks"><h2 id="h-ranks">How long each pod runs</h2>
<p class="note"><span class="swatch base"></span>resident ECS base: ${breakEven.basePods} ${breakEven.basePods === 1 ? 'pod' : 'pods'}, saving ${percent(
    breakEven.savingVsAllElastic,
  )} more · <span class="swatch elastic"></span>elastic on ECI</p>
<figure>${podHoursSvg(breakEven)}</figure></section>
</div>
${fanSection(result)}
<div class="pair">
<section aria-labelledby="h-week"><h2 id="h-week">The load by hour of the week</h2>
<p class="note">Mean demand over the whole trace, hours in UTC.</p>
<figure>${weekHeatMapSvg(result.trace)}</figure></section>
<section aria-labelledby="h-reasons"><h2 id="h-reasons">Why Prescale decided what it did</h2>
<p class="note">Decisions of the predictive policy, one every ${TICK_SECONDS} s, by the reason that decided.</p>
${reasonsTable(result.reasons)}</section>
</div>
<section aria-labelledby="h-facts"><h2 id="h-facts">What was replayed</h2>${facts(report, result)}</section>
<section aria-labelledby="h-method"><h2 id="h-method">How it was computed</h2>${method(report, result)}</section>`;
}

function demandSection(result: ReplayResult): Markup {
  return markup`<section aria-labelledby="h-demand"><h2 id="h-demand">Demand, and the capacity that was ready for it</h2>
<p class="note">The capacity is the least, the demand the largest within a point. Right axis: pods. Drag to zoom; a double click or “All” resets. Times in UTC.</p>
<div id="days" role="group" aria-label="Zoom">${spanButtons(result)}</div>
<div id="demand-chart" class="chart" data-label="Demand over time with the ready capacity of the predictive policy and of the HPA"></div>
<noscript><p>The chart needs JavaScript; every figure is in the table above.</p></noscript></section>`;
}

function fanSection({ dayAhead }: ReplayResult): Markup {
  return markup`<section aria-labelledby="h-fan"><h2 id="h-fan">The forecast a day ahead, and what came</h2>
<p class="note">Made at ${instant(dayAhead.originSeconds)} UTC by ${dayAhead.model}, ${duration(
    (dayAhead.values[0]?.length ?? 0) * dayAhead.stepSeconds,
  )} ahead: the median and the levels above it that demand should stay under with that chance. Decisions use newer forecasts, made every tick.</p>
<div id="fan-chart" class="chart" data-label="Day-ahead forecast quantiles and the demand that came"></div></section>`;
}

/** “All” and a button for each UTC day, or each week of a long span. */
function spanButtons({ timeline }: ReplayResult): Markup {
  const start = timeline.startSeconds;
  const end = start + (timeline.demand.length - 1) * TICK_SECONDS;
  const midnight = Math.floor(start / DAY_SECONDS) * DAY_SECONDS;
  const width = (end - midnight) / DAY_SECONDS > MOST_DAY_BUTTONS ? 7 * DAY_SECONDS : DAY_SECONDS;
  const buttons: Markup[] = [];
  for (let from = midnight; from < end; from += width) {
    const date = new Date(from * 1_000).toUTCString();
    const label =
      width === DAY_SECONDS
        ? `${date.slice(0, 3)} ${Number(date.slice(5, 7))}`
        : `week of ${Number(date.slice(5, 7))}${date.slice(7, 11)}`;
    buttons.push(
      markup`<button type="button" data-from="${from}" data-to="${from + width}" aria-pressed="false">${label}</button>`,
    );
  }
  return markup`<button type="button" aria-pressed="true">All</button>${buttons}`;
}
