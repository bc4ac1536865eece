import { useEffect, useMemo, useState } from 'preact/hooks';
import type { FleetAnswer } from '../api/answers.ts';
import type { FleetRow } from '../fleet/fleet-row.ts';
import { nowSeconds } from './client.ts';
import { fleetCsv } from './csv.ts';
import { choiceOf, chosen, SORTS, type Sort, savedHours, utilization } from './fleet-order.ts';
import { useFleet } from './fleet-pages.tsx';
import { formatRoute, linkTo, type Route, withQuery } from './route.ts';
import { SourceLine } from './source-line.tsx';
import { Sparkline, wantLines } from './sparklines.tsx';
import { WindowRows } from './window-rows.tsx';
import { clock, count, load, percent, seconds, texts, time } from './words.ts';

const NARROW = '(max-width: 760px)';
const ROW = { wide: 38, narrow: 92 };

export function FleetPage({ route }: { readonly route: Route }) {
  const fleet = useFleet();
  const rows = fleet.value?.rows ?? [];
  const choice = choiceOf(route.query);
  const shown = useMemo(() => chosen(rows, choice), [fleet.value, route.query.toString()]);
  const narrow = useMedia(NARROW);
  const change = (changes: Readonly<Record<string, string>>) => {
    // Typing is no journey: Back leaves the page, not the last letter.
    history.replaceState(null, '', formatRoute(withQuery(route, changes)));
    dispatchEvent(new HashChangeEvent('hashchange'));
  };
  return (
    <main id="content" tabIndex={-1} class="fleet">
      <h1>{texts.pages.fleet}</h1>
      <SourceLine of={fleet} />
      {fleet.value && <Summary rows={rows} total={fleet.value.total} />}
      <Filters rows={rows} shown={shown} choice={choice} change={change} />
      {fleet.value && rows.length === 0 && (
        <p>
          {texts.fleet.empty} <code>kubectl annotate deployment &lt;name&gt; prescale.dev/enabled=true</code>
        </p>
      )}
      {!fleet.value && fleet.problem === undefined && <p>{texts.loading}</p>}
      {rows.length > 0 && (
        <WindowRows
          rows={shown}
          keyOf={({ key }) => key}
          label={`${texts.fleet.table}: ${texts.fleet.keys}`}
          columns={SORTS.length + 2}
          height={narrow ? ROW.narrow : ROW.wide}
          header={<Header sort={choice.sort} ascending={choice.ascending} change={change} />}
          onShown={narrow ? undefined : (some) => wantLines(some.map(({ key }) => key))}
          cells={(row, tabIndex) => <Cells row={row} tabIndex={tabIndex} />}
        />
      )}
      {rows.length > 0 && shown.length === 0 && <p>{texts.fleet.none}</p>}
    </main>
  );
}

function Summary({ rows, total }: { readonly rows: readonly FleetRow[]; readonly total: FleetAnswer['total'] }) {
  // Of a part, sums would be taken for those of all.
  if (rows.length < total) return <p class="summary">{texts.fleet.partly(count(rows.length), count(total))}</p>;
  const attention = rows.filter((row) => row.attention.length > 0).length;
  let saved = 0;
  let hpa = 0;
  for (const { baseline } of rows) {
    if (!('own' in baseline)) continue;
    saved += baseline.hpa.podHours - baseline.own.podHours;
    hpa += baseline.hpa.podHours;
  }
  return (
    <p class="summary">
      {texts.fleet.summary(count(total), count(attention))}
      {hpa > 0 && ` · ${texts.fleet.saved(count(saved), percent(saved / hpa, 1))}`}
      {hpa === 0 && total > 0 && (
        <>
          {' · '}
          {texts.fleet.notSaved} <a href={linkTo('savings')}>{texts.pages.savings}</a>
        </>
      )}
    </p>
  );
}

interface FiltersProps {
  readonly rows: readonly FleetRow[];
  readonly shown: readonly FleetRow[];
  readonly choice: ReturnType<typeof choiceOf>;
  readonly change: (changes: Readonly<Record<string, string>>) => void;
}

function Filters({ rows, shown, choice, change }: FiltersProps) {
  const namespaces = useMemo(() => [...new Set(rows.map(({ ref }) => ref.namespace))].sort(), [rows]);
  const words = texts.fleet;
  const options = (all: readonly string[]) => [
    <option key="" value="">
      {words.all}
    </option>,
    ...all.map((one) => (
      <option key={one} value={one}>
        {one}
      </option>
    )),
  ];
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        {words.search}
        <input type="search" value={choice.q} onInput={(event) => change({ q: event.currentTarget.value })} />
      </label>
      <label>
        {words.namespace}
        <select value={choice.namespace} onChange={(event) => change({ ns: event.currentTarget.value })}>
          {options(namespaces)}
        </select>
      </label>
      <label>
        {words.mode}
        <select value={choice.mode} onChange={(event) => change({ mode: event.currentTarget.value })}>
          {options(['observe', 'auto', 'predictive', 'reactive'])}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={choice.attention}
          onChange={(event) => change({ attention: event.currentTarget.checked ? '1' : '' })}
        />
        {words.onlyAttention}
      </label>
      <button type="button" onClick={() => download(fleetCsv(shown))}>
        {words.csv}
      </button>
      <span role="status">{words.shown(count(shown.length))}</span>
    </form>
  );
}

function Header({
  sort,
  ascending,
  change,
}: {
  readonly sort: Sort;
  readonly ascending: boolean;
  readonly change: FiltersProps['change'];
}) {
  const heads = SORTS.map((one) => {
    const on = one === sort;
    const flip = on ? !ascending : one === 'workload' || one === 'mode';
    return (
      <div
        role="columnheader"
        class={`c-${one}`}
        key={one}
        aria-sort={on ? (ascending ? 'ascending' : 'descending') : 'none'}
      >
        <button
          type="button"
          class="plain"
          title={texts.sort.by(texts.columns[one])}
          onClick={() => change({ sort: one, dir: flip ? 'asc' : 'desc' })}
        >
          {one === 'attention' ? <Mark words={texts.columns.attention} /> : texts.columns[one]}
          <span aria-hidden="true">{on ? (ascending ? ' ▲' : ' ▼') : ''}</span>
        </button>
      </div>
    );
  });
  return (
    <>
      {heads}
      <div role="columnheader" class="c-day">
        {texts.columns.day}
      </div>
      <div role="columnheader" class="c-reason">
        {texts.columns.reason}
      </div>
    </>
  );
}

function Cells({ row, tabIndex }: { readonly row: FleetRow; readonly tabIndex: number }) {
  const { key, ref, mode, attention, replicas, next, forecastError, leadTimeSeconds, budgetUsed, why } = row;
  const saved = savedHours(row);
  const used = utilization(row);
  const words = attention.map((what) => texts.attention[what]).join(', ');
  const cell = (name: Sort, value: string, title?: string) => (
    <div role="cell" class={`c-${name}`} data-label={texts.columns[name]} title={title}>
      {value}
    </div>
  );
  return (
    <>
      <div role="cell" class="c-attention" title={words}>
        {attention.length > 0 && <Mark words={words} />}
      </div>
      <div role="cell" class="c-workload">
        <a href={linkTo('workload', key)} tabIndex={tabIndex}>
          <span class="ns">{ref.namespace}/</span>
          {ref.name}
          {ref.kind !== 'Deployment' && <small> {ref.kind}</small>}
        </a>
      </div>
      {cell('mode', mode ?? texts.unknown)}
      {cell(
        'now',
        replicas.ready === replicas.current
          ? count(replicas.current)
          : `${count(replicas.ready)}/${count(replicas.current)}`,
      )}
      {cell('wanted', count(replicas.wanted))}
      {cell(
        'next',
        nextText(row),
        next ? texts.fleet.next(nextText(row), time(next.atSeconds, nowSeconds())) : undefined,
      )}
      {cell('load', percent(used), load(row.load, row.unit))}
      {cell('error', percent(forecastError))}
      {cell('startup', seconds(leadTimeSeconds), row.leadTimeSource)}
      {cell('budget', percent(budgetUsed))}
      {cell(
        'saved',
        saved === null ? texts.unknown : `${count(saved)} h`,
        'why' in row.baseline ? row.baseline.why : row.baseline.name,
      )}
      <div role="cell" class="c-day">
        <Sparkline of={key} />
      </div>
      <div role="cell" class="c-reason" title={why}>
        {attention.length > 0 && <span class="fault">{words}: </span>}
        {matterOf(row)}
      </div>
    </>
  );
}

/** `9 → 12 14:20`; a dash: no change is known. */
function nextText({ next, replicas }: FleetRow): string {
  if (!next) return texts.unknown;
  return `${count(replicas.wanted)} → ${count(next.replicas)} ${clock(next.atSeconds)}`;
}

/** What the first of what needs attention says of itself; else the newest decision. */
function matterOf({ attention, conditions, error, why }: FleetRow): string {
  const of = (type: string, status: boolean) =>
    conditions.find((one) => one.type === type && one.status === status)?.message;
  const message: Partial<Record<FleetRow['attention'][number], string | undefined>> = {
    'not-ready': of('Ready', false),
    conflict: of('Conflict', true),
    'replica-failure': of('ReplicaFailure', true),
    failing: error ?? undefined,
    'stale-forecast': of('Forecasting', false),
  };
  const [first] = attention;
  return (first && message[first]) ?? of('Ready', false) ?? error ?? why;
}

/** Seen as a mark, read as what it is about. */
function Mark({ words }: { readonly words: string }) {
  return (
    <span class="mark">
      <span aria-hidden="true">!</span>
      <span class="what">{words}</span>
    </span>
  );
}

function download(text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = 'prescale-fleet.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const look = () => setMatches(media.matches);
    media.addEventListener('change', look);
    return () => media.removeEventListener('change', look);
  }, [query]);
  return matches;
}
