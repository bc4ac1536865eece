import { useMemo } from 'preact/hooks';
import type { FleetRow } from '../fleet/fleet-row.ts';
import { savedHours } from './fleet-order.ts';
import { useFleet } from './fleet-pages.tsx';
import { formatRoute, linkTo, type Route, withQuery } from './route.ts';
import { SourceLine } from './source-line.tsx';
import { count, percent, servedPercent, texts } from './words.ts';

const words = texts.savings;
/** More is nobody's ranking; the fleet page has all. */
const MOST_SHOWN = 500;

/** All workloads by what they save; those of which nothing is known come last, and say why. */
export function SavingsPage({ route }: { readonly route: Route }) {
  const fleet = useFleet();
  const ranked = useMemo(() => ranking(fleet.value?.rows ?? []), [fleet.value]);
  const price = Number(route.query.get('price') ?? '');
  const hours = ranked.reduce((sum, row) => sum + (savedHours(row) ?? 0), 0);
  const money = price > 0 ? ` = ${count(hours * price)}` : '';
  return (
    <main id="content" tabIndex={-1}>
      <h1>{texts.pages.savings}</h1>
      <SourceLine of={fleet} />
      <p>{words.heading}</p>
      <p class="note">{words.note}</p>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          {words.price}
          <input
            type="number"
            min="0"
            step="any"
            value={route.query.get('price') ?? ''}
            onInput={(event) => {
              history.replaceState(null, '', formatRoute(withQuery(route, { price: event.currentTarget.value })));
              dispatchEvent(new HashChangeEvent('hashchange'));
            }}
          />
        </label>
        <span role="status">
          {ranked.length < (fleet.value?.total ?? 0) ? texts.loading : words.total(count(hours), money)}
        </span>
      </form>
      {!fleet.value && <p>{fleet.problem ?? texts.loading}</p>}
      {ranked.length > 0 && (
        <div class="scroll whole" tabIndex={0} role="group" aria-label={texts.pages.savings}>
          <table>
            <thead>
              <tr>
                {[
                  words.rank,
                  texts.columns.workload,
                  words.saved,
                  words.hpa,
                  words.own,
                  words.served,
                  words.starts,
                  texts.columns.mode,
                  words.basis,
                ].map((name, i) => (
                  <th scope="col" key={name} class={i > 1 && i < 7 ? 'n' : undefined}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {ranked.slice(0, MOST_SHOWN).map((row, i) => (
                <Ranked row={row} rank={i + 1} key={row.key} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </main>
  );
}

function ranking(rows: readonly FleetRow[]): FleetRow[] {
  const saved = (row: FleetRow) => savedHours(row) ?? Number.NEGATIVE_INFINITY;
  return [...rows].sort((a, b) => saved(b) - saved(a) || (a.key < b.key ? -1 : 1));
}

function Ranked({ row, rank }: { readonly row: FleetRow; readonly rank: number }) {
  const { key, mode, baseline } = row;
  return (
    <tr>
      <td class="rank">{rank}</td>
      <th scope="row">
        <a href={linkTo('what-if', key)}>
          {key.split('/').map((part, i) => (
            <span key={i}>
              {i > 0 && '/'}
              <wbr />
              {part}
            </span>
          ))}
        </a>
      </th>
      {figures(baseline).map((figure, i) => (
        <td class="n" key={i}>
          {figure}
        </td>
      ))}
      <td>{mode ?? texts.unknown}</td>
      <td class="basis">
        {'own' in baseline
          ? `${baseline.name}, ${words.hours(count(baseline.hours))}`
          : `${words.unknown}: ${baseline.why}`}
      </td>
    </tr>
  );
}

/** Saved, pod-hours of the HPA and of what ran, served shares, starts. */
function figures(baseline: FleetRow['baseline']): string[] {
  if (!('own' in baseline)) return Array<string>(5).fill(texts.unknown);
  const { own, hpa, savedShare } = baseline;
  const served = ({ servedShare }: typeof own) => servedPercent(servedShare === null ? null : servedShare * 100);
  return [
    percent(savedShare, 1),
    count(hpa.podHours),
    count(own.podHours),
    `${served(own)} / ${served(hpa)}`,
    `${count(own.starts)} / ${count(hpa.starts)}`,
  ];
}
