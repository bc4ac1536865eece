import { useEffect, useMemo } from 'preact/hooks';
import type { SavingsAnswer } from '../api/savings.ts';
import { useBounds } from './bounds-pages.tsx';
import { nowSeconds, prepareWhatIf, type Read } from './client.ts';
import { useFleet } from './fleet-pages.tsx';
import { BASES, type Basis, hoursOf, type Ranked, ranking } from './ranking.ts';
import { formatRoute, linkTo, type Route, withQuery } from './route.ts';
import { SourceLine } from './source-line.tsx';
import { count, percent, servedPercent, texts, time } from './words.ts';

const words = texts.savings;
/** More is nobody's ranking; a basis can be chosen, and the fleet page has all that opted in. */
const MOST_SHOWN = 500;
const WEEK_DAYS = 7;
const FIGURES = ['saved', 'before', 'own', 'served', 'starts'] as const;

/** All workloads by what they save, or could at most; those of which nothing is known come last, and say why. */
export function SavingsPage({ route }: { readonly route: Route }) {
  const fleet = useFleet();
  const bounds = useBounds();
  const all = useMemo(() => ranking(fleet.value?.rows ?? [], bounds.value?.rows ?? []), [fleet.value, bounds.value]);
  const basis = BASES.find((one) => one === route.query.get('basis'));
  const shown = basis ? all.filter((one) => one.basis === basis) : all;
  const price = Number(route.query.get('price') ?? '');
  const set = (changes: Readonly<Record<string, string>>) => {
    history.replaceState(null, '', formatRoute(withQuery(route, changes)));
    dispatchEvent(new HashChangeEvent('hashchange'));
  };
  useEffect(prepareWhatIf, []);
  const isWhole = fleet.value !== undefined && fleet.value.rows.length >= fleet.value.total;
  return (
    <main id="content" tabIndex={-1}>
      <h1>{texts.pages.savings}</h1>
      <SourceLine of={fleet} />
      <p>{words.heading}</p>
      <p class="note">{words.note}</p>
      <BoundsLine of={bounds} />
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          {words.basis}
          <select value={basis ?? ''} onChange={(event) => set({ basis: event.currentTarget.value })}>
            <option value="">{texts.fleet.all}</option>
            {BASES.map((one) => (
              <option value={one} key={one}>
                {words.bases[one]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.price}
          <input
            type="number"
            min="0"
            step="any"
            value={route.query.get('price') ?? ''}
            onInput={(event) => set({ price: event.currentTarget.value })}
          />
        </label>
        <span role="status">
          {isWhole ? (
            <Totals all={all} price={price} isKnown={typeof bounds.value?.madeSeconds === 'number'} />
          ) : (
            texts.loading
          )}
        </span>
      </form>
      {!fleet.value && <p>{fleet.problem ?? texts.loading}</p>}
      {shown.length > 0 && (
        <div class="scroll whole" tabIndex={0} role="group" aria-label={texts.pages.savings}>
          <table class="cards">
            <thead>
              <tr>
                {[
                  words.rank,
                  texts.columns.workload,
                  words.basis,
                  ...FIGURES.map((figure) => words[figure]),
                  texts.columns.mode,
                  words.why,
                ].map((name, i) => (
                  <th scope="col" key={name} class={i > 2 && i < 8 ? 'n' : undefined}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, MOST_SHOWN).map((one, i) => (
                <Row one={one} rank={i + 1} key={one.key} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length > MOST_SHOWN && <p class="note">{words.cut(count(MOST_SHOWN), count(shown.length))}</p>}
    </main>
  );
}

interface TotalsProps {
  readonly all: readonly Ranked[];
  readonly price: number;
  /** Of the others anything is: else nobody knows how many there are. */
  readonly isKnown: boolean;
}

function Totals({ all, price, isKnown }: TotalsProps) {
  const sum = (basis: Basis) => {
    const some = all.filter((one) => one.basis === basis);
    const hours = some.reduce((total, one) => total + hoursOf(one), 0);
    return { number: count(some.length), hours: count(hours), money: price > 0 ? ` = ${count(hours * price)}` : '' };
  };
  const [replayed, bound, unknown] = [sum('replayed'), sum('bound'), sum('unknown')];
  const saved = words.total(replayed.number, replayed.hours, replayed.money);
  if (!isKnown) return <>{saved}</>;
  return (
    <>
      {saved} · {words.totalBound(bound.number, bound.hours, bound.money)} · {words.totalUnknown(unknown.number)}
    </>
  );
}

/** Where the bounds come from, how old they are, and what of the cluster is not among them. */
function BoundsLine({ of: { value, problem } }: { readonly of: Read<SavingsAnswer> }) {
  if (!value) return <p class="note">{problem === undefined ? texts.loading : words.noBounds(problem)}</p>;
  const { madeSeconds, prometheus, queries, why, unlisted } = value;
  return (
    <>
      {madeSeconds !== null && (
        <p class="note">{words.bounds(time(madeSeconds, nowSeconds()), prometheus ?? '', count(queries))}</p>
      )}
      {why !== null && <p class="note">{madeSeconds === null ? words.noBounds(why) : words.notNewer(why)}</p>}
      {unlisted.map((one) => (
        <p class="note" key={one}>
          {one}
        </p>
      ))}
    </>
  );
}

function Row({ one, rank }: { readonly one: Ranked; readonly rank: number }) {
  const { key, opted, basis } = one;
  return (
    <tr class={basis}>
      <td class="rank">{rank}</td>
      <th scope="row">
        <a href={linkTo('what-if', key)} onPointerEnter={prepareWhatIf} onFocus={prepareWhatIf}>
          {key.split('/').map((part, i) => (
            <span key={i}>
              {i > 0 && '/'}
              <wbr />
              {part}
            </span>
          ))}
        </a>
      </th>
      <td class="kind" data-label={words.basis}>
        {words.bases[basis]}
      </td>
      {figures(one).map((figure, i) => (
        <td class={`n ${FIGURES[i]}`} key={i} data-label={words[FIGURES[i]!]}>
          {figure}
        </td>
      ))}
      <td class="mode" data-label={texts.columns.mode}>
        {opted ? (opted.mode ?? texts.unknown) : words.notOptedIn}
      </td>
      <td class="basis">{whyOf(one)}</td>
    </tr>
  );
}

function whyOf(one: Ranked): string {
  switch (one.basis) {
    case 'replayed':
      return `${one.baseline.name}, ${words.hours(count(one.baseline.hours))}`;
    case 'bound': {
      const { baseline, label, hours, notes } = one.bound;
      return [`${words.baselines[baseline]} (${label}), ${words.known(count(hours))}`, ...notes].join('; ');
    }
    case 'unknown':
      return one.why === '' ? words.unknown : `${words.unknown}: ${one.why}`;
  }
}

/** Saved, pod-hours of what there was before and now, served shares, starts. */
function figures(one: Ranked): string[] {
  const served = (share: number | null) => servedPercent(share === null ? null : share * 100);
  switch (one.basis) {
    case 'replayed': {
      const { own, hpa, savedShare } = one.baseline;
      return [
        percent(savedShare, 1),
        count(hpa.podHours),
        count(own.podHours),
        `${served(own.servedShare)} / ${served(hpa.servedShare)}`,
        `${count(own.starts)} / ${count(hpa.starts)}`,
      ];
    }
    case 'bound': {
      const { podHours, leastPodHours, servedShare, startsPerDay } = one.bound;
      return [
        podHours > 0 ? `≤ ${percent(1 - leastPodHours / podHours, 1)}` : texts.unknown,
        count(podHours),
        `≥ ${count(leastPodHours)}`,
        `${texts.unknown} / ${served(servedShare)}`,
        `${texts.unknown} / ${count(startsPerDay * WEEK_DAYS)}`,
      ];
    }
    case 'unknown':
      return Array<string>(5).fill(texts.unknown);
  }
}
