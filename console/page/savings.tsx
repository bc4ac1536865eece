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
        <span role="status">{words.total(count(hours), money)}</span>
      </form>
      {!fleet.value && <p>{fleet.problem ?? texts.loading}</p>}
      {ranked.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-label={texts.pages.savings}>
          <table>
            <thead>
              <tr>
                {[
                  words.rank,
                  texts.columns.workload,
                  texts.columns.mode,
                  words.hpa,
                  words.own,
                  words.saved,
                  words.served,
                  words.starts,
                  words.basis,
                ].map((name) => (
                  <th scope="col" key={name}>
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
  const served = (share: number | null) => (share === null ? texts.unknown : servedPercent(share * 100));
  return (
    <tr>
      <td>{rank}</td>
      <th scope="row">
        <a href={linkTo('what-if', key)}>{key}</a>
      </th>
      <td>{mode ?? texts.unknown}</td>
      {'own' in baseline ? (
        <>
          <td>{count(baseline.hpa.podHours)}</td>
          <td>{count(baseline.own.podHours)}</td>
          <td>{percent(baseline.savedShare, 1)}</td>
          <td>
            {served(baseline.own.servedShare)} / {served(baseline.hpa.servedShare)}
          </td>
          <td>
            {count(baseline.own.starts)} / {count(baseline.hpa.starts)}
          </td>
          <td>
            {baseline.name}, {words.hours(count(baseline.hours))}
          </td>
        </>
      ) : (
        <>
          <td>{texts.unknown}</td>
          <td>{texts.unknown}</td>
          <td>{texts.unknown}</td>
          <td>{texts.unknown}</td>
          <td>{texts.unknown}</td>
          <td>
            {words.unknown}: {baseline.why}
          </td>
        </>
      )}
    </tr>
  );
}
