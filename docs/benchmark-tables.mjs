/**
 * Renews the tables that come from benchmarks/results: `node docs/benchmark-tables.mjs`. Each stands in docs/benchmarks.md,
 * docs/neural.md or README.md between `<!-- table NAME: begin -->` and `<!-- table NAME: end -->`.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const HINDSIGHT = 'best model of each day, known afterwards';
const ALL = 'all traces';
const CLOSING = ['mean', 'median', 'worst', 'broken SLOs'];
const README_CELLS = [
  ['svc_crane14_1m', 'eci'],
  ['svc_crane08_1m', 'slow'],
  ['svc_crane01_1m', 'eci'],
  ['cpu_awsasg_5m', 'slow'],
  ['llm_servegen_small_10m', 'eci'],
  ['demand_nyctaxi_30m', 'eci'],
  ['web_wc98_1m', 'slow'],
  ['web_nasa_1m', 'eci'],
  ['burst_tweets_aapl_5m', 'eci'],
  ['svc_ms_ingress02_1m', 'slow'],
];

const frontier = frontierOf('frontier');
/** With priced starts and observations as Prometheus gives them, of all days of each load, and of 14. */
const second = frontierOf('frontier-second-edition');
const fortnight = frontierOf('frontier-fortnight');
const generated = frontierOf('generated');
const speed = results('speed').rows;
const addon = results('addon').rows;
/** Takes 25 minutes of a machine of its own: it may not have been measured. */
const scale = existsSync(`${root}benchmarks/results/scale.json`) ? { scale: scaleTables(results('scale')) } : {};

/** As the scale: they may not have been measured. */
const consoleTable = existsSync(`${root}benchmarks/results/console.json`)
  ? { console: scaleTables(results('console')) }
  : {};

const reportTable = existsSync(`${root}benchmarks/results/report-all.json`)
  ? { 'report all': scaleTables(results('report-all')) }
  : {};

const peers = peersTable();
renew('docs/benchmarks.md', {
  frontier: frontierTable(frontier),
  'frontier targets': targetTable(frontier),
  'second edition': secondEditionTable(frontier, second),
  observations: observationsTable({
    'recorded, exact': results('frontier-exact'),
    'recorded, `rate[1m]` of 15 s': results('frontier-fortnight'),
    'recorded, `rate[2m]` of 30 s': results('frontier-rate-2m'),
    'generated, `rate[1m]` of 15 s': results('generated'),
    'generated, `rate[2m]` of 30 s': results('generated-rate-2m'),
    'recorded, the true peaks': results('frontier-foresight'),
    'generated, the true peaks': results('generated-foresight'),
  }),
  'neural model': neuralModelTable(frontierOf('frontier-no-network'), fortnight),
  neural: scaleTables(results('neural')),
  accuracy: accuracyTable(results('accuracy')),
  'accuracy by model': accuracyByModel(results('accuracy')),
  'accuracy targets': accuracyTargets(results('accuracy')),
  generated: generatedTable(generated),
  surprises: scaleTables(results('surprises')),
  coarse: coarseTables(results('coarse')),
  calendar: scaleTables(results('calendar')),
  speed: speedTable(speed),
  addon: addonTable(addon),
  ...scale,
  ...consoleTable,
  ...reportTable,
  ...peers,
});
renew('docs/neural.md', { 'path model': pathModelTable(results('accuracy')) });
renew('README.md', { frontier: readmeTable(second) });
renew('docs/safety.md', { ...mutationTables(), ...simulationTables() });

/** What `npm run bench -- peers --out benchmarks/results/peers` left, with its picture; nothing where it was not run. */
function peersTable() {
  const folder = `${root}benchmarks/results/peers/`;
  if (!existsSync(`${folder}peers.md`)) return {};
  copyFileSync(`${folder}peers-wins.svg`, `${root}docs/images/peers-wins.svg`);
  const picture = '![Share of loads on which each method has a lower loss than each other](images/peers-wins.svg)';
  return { peers: `${picture}\n\n${readFileSync(`${folder}peers.md`, 'utf8').trimEnd()}` };
}

/** What `npm run simulate -- --table benchmarks/results/simulation.json` left; nothing where it was not run. */
function simulationTables() {
  if (!existsSync(`${root}benchmarks/results/simulation.json`)) return {};
  const {
    hours,
    scenarios,
    nextSeed,
    measured,
    classes,
    alone,
    pairs,
    timesAlone,
    timesPaired,
    violations,
    failingSeeds,
  } = results('simulation');
  const within = (name) => Object.entries(pairs).filter(([pair]) => pair.split('+').includes(name));
  const rows = Object.keys(classes).map((name) => [
    `\`${name}\``,
    ...[classes[name], alone[name] ?? 0, within(name).reduce((sum, [, one]) => sum + one, 0)].map((one) =>
      one.toFixed(0),
    ),
    ...[timesAlone[name] ?? 0, timesPaired[name] ?? 0].map(String),
  ]);
  const byMeasure = Object.entries(measured).map(([name, one]) => `${name} ${Math.round((100 * one) / hours)} %`);
  const total = Object.values(violations).reduce((sum, one) => sum + one, 0);
  const found = total === 0 ? 'no violation' : `${total} violations in seeds ${failingSeeds.join(', ')}`;
  return {
    simulation: [
      `${Math.round(hours)} hours in ${scenarios} scenarios up to seed ${nextSeed - 1}: ${found}. Measured by: ${byMeasure.join(', ')}.`,
      '',
      table(
        [
          'class of faults',
          'hours',
          'the only one, h',
          'with another within five minutes, h',
          'scenarios: the only one',
          'with another',
        ],
        rows,
      ),
    ].join('\n'),
  };
}

/** What `npm run simulate -- --mutation all --json` left; nothing where it was not run, or the page has no place for it. */
function mutationTables() {
  const there = existsSync(`${root}benchmarks/results/mutations.json`);
  const { rows, beyond } = there ? results('mutations') : {};
  const text = readFileSync(`${root}docs/safety.md`, 'utf8');
  return there && text.includes('<!-- table mutations: begin -->') ? { mutations: mutationTable(rows, beyond) } : {};
}

function mutationTable(rows, beyond) {
  const where = (name) => (name === undefined ? 'any' : `\`${name}\``);
  const cited = ({ file, title }) => `test: “${title}” ([${file}](../${file}))`;
  const seeds = ({ where: name, hours, found }) => [
    `${where(name)}, seed ${found.seed}`,
    hours < 0.1 ? hours.toFixed(2) : hours.toFixed(1),
    `${found.invariant}: ${found.says.replaceAll('|', '\\|')}`,
  ];
  const cells = rows.map(({ together, test, ...alone }) => {
    const name = `\`${alone.mutation}\`: ${alone.what}`;
    if (alone.found) return [name, ...seeds(alone)];
    if (together?.found) {
      const others = together.mutation.split('+').slice(1);
      const [place, hours, found] = seeds(together);
      return [
        `${name}; covered by ${others.map((one) => `what \`${one}\` takes away`).join(' and ')}, together:`,
        place,
        hours,
        found,
      ];
    }
    return [name, where(alone.where), test ? '–' : `not in ${alone.hours.toFixed(0)}`, test ? cited(test) : '–'];
  });
  const others = beyond.map(({ what, test }) => [what, '–', '–', cited(test)]);
  return table(['mutation', 'situation', 'hours', 'found by'], [...cells, ...others]);
}

function results(name) {
  return inPercent(JSON.parse(readFileSync(`${root}benchmarks/results/${name}.json`, 'utf8')));
}

/** Results from before columns were in percent: basis points become percent, and the words those of today. */
function inPercent(result) {
  if (!Array.isArray(result.columns)) return result;
  const inBp = result.columns.map((column) => /,? bp$/.test(column));
  return {
    ...result,
    title: today(result.title),
    columns: result.columns.map((column) =>
      today(column).replace(/,? bp$/, column.includes('unmet') ? ' %' : ' unmet %'),
    ),
    rows: result.rows.map((row) =>
      row.map((cell, i) => (inBp[i] && typeof cell === 'number' ? cell / 100 : today(cell))),
    ),
    notes: (result.notes ?? []).map(today),
    ...(result.more && { more: result.more.map(inPercent) }),
  };
}

function today(text) {
  if (typeof text !== 'string') return text;
  const percentOf = (bp) => String(Number(bp) / 100);
  return text
    .replace(/a promise of (\d+(?:\.\d+)?) bp/g, (_, bp) => `an SLO of ${100 - Number(bp) / 100} %`)
    .replace(/^bp: (.*), basis points$/, 'unmet %: $1')
    .replace(/(\d+(?:\.\d+)?) bp\b/g, (_, bp) => `${percentOf(bp)} %`)
    .replace(/\bpromises\b/g, 'SLOs')
    .replace(/\bpromise\b/g, 'SLO')
    .replace(/the clairvoyant/g, 'the oracle')
    .replace(/\blessons\b/g, 'training examples')
    .replace(/\bshipped network\b/g, 'shipped model');
}

function frontierOf(name) {
  const { columns, rows, notes } = results(name);
  const cells = rows.map((row) => Object.fromEntries(row.map((value, i) => [columns[i], value])));
  const share = (label) => percent(cells.find(({ trace }) => trace === label).share);
  return {
    cells: cells
      .filter(({ trace }) => !CLOSING.includes(trace))
      .map((cell) => ({ ...cell, startup: cell['start-up'] === 'eci' ? 'eci' : 'slow' })),
    summary: `Mean share ${share('mean')}, median ${share('median')}, worst ${share('worst')}; broken SLOs: ${cells.at(-1).SLO}.`,
    notes,
  };
}

function frontierTable({ cells, summary }) {
  const rows = cells.map((c) => [
    c.trace,
    c.startup,
    c.days.toFixed(0),
    `${hpa(c, 'tuned')}: ${at(c, 'tuned')}`,
    `**${at(c, 'predictive')}**`,
    `${hpa(c, 'equal')}: ${at(c, 'equal')}`,
    percent(c.share),
    c.SLO,
  ]);
  const head = ['load', 'start-up', 'days', 'HPA, tuned', '`predictive`', 'HPA, equal service', 'share', 'SLO'];
  return `${table(head, rows)}\n\n${summary}`;
}

/** `80 %, 120 s`; results of the first edition have no window. */
function hpa(cell, name) {
  const window = cell[`${name} window s`];
  return `${cell[`${name} %`]} %${window === undefined ? '' : `, ${window} s`}`;
}

/** A cell of the benchmark `accuracy` by load and forecast. */
function accuracyOf({ columns, rows }) {
  return (load, forecast, column, digits) => {
    const value = rows.find(([own, name]) => own === load && name === forecast)?.[columns.indexOf(column)];
    return typeof value === 'number' ? value.toFixed(digits) : '–';
  };
}

function accuracyTable(accuracy) {
  const cell = accuracyOf(accuracy);
  const loads = [...new Set(accuracy.rows.map(([load]) => load))];
  const rows = loads.map((load) => [
    load,
    cell(load, 'selected', 'WAPE', 3),
    cell(load, 'selected', 'loss', 4),
    cell(load, 'selected', 'cover95', 2),
    cell(load, HINDSIGHT, 'loss', 4),
    cell(load, 'selected', 'loss all', 4),
    cell(load, 'selected', 'cover95 all', 2),
    cell(load, '5 min: nowcast', 'loss', 4),
    cell(load, '5 min: persistence', 'loss', 4),
  ]);
  const last = ['WAPE, last three', 'loss', 'covered at 0.95', 'hindsight', 'loss, all', 'covered'];
  return table(['load', ...last, 'loss 5 min ahead', 'persistence'], rows);
}

function accuracyByModel(accuracy) {
  const cell = accuracyOf(accuracy);
  const names = accuracy.rows.filter(([load]) => load === ALL).map(([, name]) => name);
  const models = names.filter((name) => name !== HINDSIGHT && cell(ALL, name, 'loss all', 4) !== '–');
  const rows = models.map((name) => [
    name,
    cell(ALL, name, 'WAPE all', 3),
    cell(ALL, name, 'loss all', 4),
    cell(ALL, name, 'cover95 all', 2),
  ]);
  return table(['forecast', 'WAPE, all', 'loss, all', 'covered at 0.95'], rows);
}

/** Losses ÷ those of the classical models alone. */
function pathModelTable(accuracy) {
  const cell = accuracyOf(accuracy);
  const loads = [...new Set(accuracy.rows.map(([load]) => load))];
  const share = (load, name, column) => {
    const [own, classical] = [name, 'selected, without the neural model'].map((each) =>
      Number(cell(load, each, column, 6)),
    );
    return (own / classical).toFixed(3);
  };
  const rows = loads.map((load) => [
    load,
    share(load, 'selected', 'loss'),
    share(load, 'selected', 'loss all'),
    share(load, 'neural', 'loss'),
  ]);
  return table(['load', 'last three days', 'up to fourteen days', 'the neural model alone, last three'], rows);
}

/** 15 % under the best column of the published table (Accuracy of well-known methods). */
function accuracyTargets(accuracy) {
  const cell = accuracyOf(accuracy);
  const targets = { svc_crane01_1m: 0.22, svc_crane08_1m: 0.0816, svc_crane14_1m: 0.0187 };
  const rows = Object.entries(targets).map(([load, target]) => {
    const loss = cell(load, 'selected', 'loss', 4);
    const verdict = Number(loss) <= target ? 'met' : '**not met**';
    return [load, loss, target.toFixed(4), verdict, cell(load, HINDSIGHT, 'loss', 4)];
  });
  const coverage = Object.keys(targets).reduce(
    (sum, load) => sum + Number(cell(load, 'selected', 'cover95', 4)) / 3,
    0,
  );
  const head = ['load', 'loss', 'target', 'verdict', 'hindsight'];
  return `${table(head, rows)}\n\nCoverage of the three: ${coverage.toFixed(3)} on average (wanted 0.92–0.98).`;
}

/** What changed with the definitions: the first edition's replays beside the second's. */
function secondEditionTable(first, { cells, summary }) {
  const rows = cells.map((c) => {
    const before = first.cells.find(({ trace, startup }) => trace === c.trace && startup === c.startup);
    return [
      c.trace,
      c.startup,
      at(before, 'predictive'),
      shareOf(before),
      `${hpa(c, 'tuned')}: ${at(c, 'tuned')}`,
      `**${at(c, 'predictive')}**`,
      shareOf(c),
      `${c['predictive starts a day']} / ${c['tuned starts a day']}`,
      c.SLO,
    ];
  });
  const head = [
    ...['load', 'start-up', 'first edition', 'share', 'HPA, tuned in target and window', '`predictive`', 'share'],
    ...['starts a day: `predictive` / tuned HPA', 'SLO'],
  ];
  return `${table(head, rows)}\n\n${summary}`;
}

/** By load: what the neural model changed. */
function neuralModelTable(without, beside) {
  const rows = beside.cells.map((c, i) => {
    const before = without.cells[i];
    return [c.trace, c.startup, at(before, 'predictive'), at(c, 'predictive'), shareOf(before), shareOf(c)];
  });
  const head = ['load', 'start-up', 'without', 'with', 'share without', 'share with'];
  return `${table(head, rows)}\n\nWithout: ${without.summary} With: ${beside.summary}`;
}

function shareOf({ share }) {
  return `${(100 * share).toFixed(1)} %`;
}

function targetTable({ notes }) {
  const rows = notes.flatMap((note) => {
    const found = /^(met|NOT MET): (.*) \((.*)\)$/.exec(note);
    return found ? [[found[2], `${found[1]}: ${found[3]}`]] : [];
  });
  return table(['wanted', 'result'], rows);
}

function generatedTable({ cells, summary }) {
  const kinds = [...new Set(cells.map(({ trace }) => trace.replace(/ \d+$/, '')))].sort();
  const rows = kinds.map((kind) => [
    kind,
    ...['eci', 'slow'].flatMap((startup) => {
      const own = cells.filter((c) => c.trace.replace(/ \d+$/, '') === kind && c.startup === startup);
      const mean = (key) => own.reduce((sum, c) => sum + c[key], 0) / own.length;
      return [
        `${mean('equal ÷ oracle').toFixed(3)} → ${mean('predictive ÷ oracle').toFixed(3)}`,
        percent(mean('share')),
      ];
    }),
  ]);
  return `${table(['kind', '`eci`', 'share', 'slow', 'share'], rows)}\n\n${summary}`;
}

function speedTable(rows) {
  const forecasts = rows.filter(([what]) => what.startsWith('forecast')).map(([, ms]) => ms);
  forecasts.sort((a, b) => a - b);
  const middle = forecasts[forecasts.length >> 1].toFixed(1);
  const range = `${forecasts[0].toFixed(1)} to ${forecasts.at(-1).toFixed(1)}`;
  const fit = [
    `fit + 24-hour forecast of 10,080 points, one thread, warm: median of ${forecasts.length} loads (range)`,
    `${middle} ms (${range})`,
    '≤ 15 ms',
  ];
  const others = rows
    .filter(([what]) => !what.startsWith('forecast'))
    .map(([what, value, unit, target]) => [what, `${value.toPrecision(3)} ${unit}`, `≤ ${target} ${unit}`]);
  return table(['what', 'measured', 'wanted'], [fit, ...others]);
}

function addonTable(rows) {
  const cells = rows.map(([what, value, unit, target, verdict]) => [
    what,
    `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`,
    target === '' ? '' : `≤ ${target} ${unit}`,
    verdict,
  ]);
  return table(['what', 'measured', 'wanted', ''], cells);
}

/** What was wanted, all loads, and each load at the step of the target: "cost %, unmet ×" by filling. */
function coarseTables({ columns, rows, notes, more: [summary, verdicts] }) {
  const fillings = ['linear', 'step', 'displacement'];
  const at = (row, column) => row[columns.indexOf(column)];
  const signed = (value, digits) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)} %`;
  const perLoad = rows
    .filter((row) => at(row, 'minutes') === 5)
    .map((row) => [
      at(row, 'load'),
      `\`${at(row, 'policy')}\``,
      `${at(row, 'pod-hours').toFixed(0)} @ ${at(row, 'unmet %').toFixed(4)} %`,
      ...fillings.map(
        (filling) => `${signed(at(row, `${filling} cost %`), 1)}, × ${at(row, `${filling} unmet ×`).toFixed(2)}`,
      ),
    ]);
  const all = summary.rows.map(([minutes, filling, policy, loads, ...figures]) => {
    const [cost, median, most, unmet, mostUnmet, within, starts] = figures;
    return [
      `${minutes}`,
      filling,
      `\`${policy}\``,
      signed(cost, 1),
      `${median.toFixed(1)} %`,
      `${most.toFixed(1)} %`,
      `× ${unmet.toFixed(2)}`,
      `× ${mostUnmet.toFixed(mostUnmet < 10 ? 1 : 0)}`,
      `${within} of ${loads}`,
      `× ${starts.toFixed(2)}`,
    ];
  });
  const cost = ['cost, median', 'off, median', 'off, most'];
  const unmet = ['unmet, mean', 'off, most', 'within twice', 'starts, mean'];
  return [
    table(
      verdicts.columns,
      verdicts.rows.map((row) => row.map(String)),
    ),
    table(['minutes', 'filling', 'policy', ...cost, ...unmet], all),
    'Each load at 5 minutes: pod-hours @ unmet demand of the full replay; then how much more the thinned load costs, and the factor of its unmet demand.',
    table(['load', 'policy', 'in full', ...fillings], perLoad),
    notes.map((note) => `- ${note}`).join('\n'),
  ].join('\n\n');
}

/** As printed: a table, and those that belong to it, each with its title and notes. */
function scaleTables({ title, columns, rows, notes, more = [] }) {
  const cells = rows.map((row) => row.map(shown));
  const lines = notes.map((note) => `- ${note}`).join('\n');
  const one = `**${title}**\n\n${table(columns, cells)}\n\n${lines}`;
  return [one, ...more.map(scaleTables)].join('\n\n');
}

/** Three digits; JSON has null for what was not measured. */
function shown(value) {
  if (value === null) return '–';
  if (typeof value === 'string' || Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function readmeTable({ cells, summary }) {
  const rows = README_CELLS.map(([trace, startup]) => {
    const cell = cells.find((c) => c.trace === trace && c.startup === startup);
    const served = (rule) => `${cell[`${rule} ÷ oracle`].toFixed(2)}, ${(100 - cell[`${rule} unmet %`]).toFixed(3)} %`;
    return [
      `${trace}, ${startup === 'eci' ? 'p90 20 s' : 'p90 180 s'}`,
      served('tuned'),
      `**${served('predictive')}**`,
    ];
  });
  return `${summary}\n\n${table(['load, start-up', 'HPA tuned in hindsight', 'Prescale'], rows)}`;
}

/** `1.073 @ 0.0384 %`: cost ÷ the oracle's, and unmet demand. */
function at(cell, rule) {
  return `${cell[`${rule} ÷ oracle`].toFixed(3)} @ ${cell[`${rule} unmet %`].toFixed(4)} %`;
}

function percent(fraction) {
  return `${Math.round(100 * fraction)} %`;
}

/** A Markdown table with columns of one width, as the formatter writes it. */
function table(head, rows) {
  const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => row[i].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What policies see of the demand, and what comes of it: the summary of each result of the frontier. */
function observationsTable(byName) {
  const rows = Object.entries(byName).map(([name, { columns, rows: cells }]) => {
    const at = (column) => columns.indexOf(column);
    const runs = cells.filter((cell) => typeof cell[at('days')] === 'number');
    const sorted = (values) => values.toSorted((a, b) => a - b);
    const shares = sorted(runs.map((cell) => cell[at('share')]));
    const starts = sorted(runs.map((cell) => cell[at('predictive starts a day')] / cell[at('tuned starts a day')]));
    const median = (values) => (values[(values.length - 1) >> 1] + values[values.length >> 1]) / 2;
    const percent = (share) => `${Math.round(100 * share)} %`;
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const broken = runs.filter((cell) => cell[at('SLO')] === 'BROKEN').length;
    return [name, ...[mean, median(shares), shares[0]].map(percent), median(starts).toFixed(2), String(broken)];
  });
  return table(['loads, and what is seen', 'mean share', 'median', 'worst', 'starts ÷ tuned HPA', 'broken SLOs'], rows);
}

function renew(file, tables) {
  let text = readFileSync(root + file, 'utf8');
  for (const [name, content] of Object.entries(tables)) {
    const block = new RegExp(`(<!-- table ${name}: begin -->\n)[^]*?(\n<!-- table ${name}: end -->)`);
    if (!block.test(text)) throw new Error(`${file}: no table "${name}"`);
    text = text.replace(block, (_, begin, end) => `${begin}\n${content}\n${end}`);
  }
  writeFileSync(root + file, text);
}
