import { signal } from '@preact/signals';
import { render } from 'preact';
import { asksForToken } from './client.ts';
import { FleetPage } from './fleet.tsx';
import { linkTo, parseRoute } from './route.ts';
import { SavingsPage } from './savings.tsx';
import { TokenForm } from './token-form.tsx';
import { WhatIfPage } from './what-if.tsx';
import { texts } from './words.ts';
import { WorkloadPage } from './workload.tsx';

const route = signal(parseRoute(location.hash));
addEventListener('hashchange', () => {
  const before = route.value;
  route.value = parseRoute(location.hash);
  // On another page the keyboard begins at its top, as after any link.
  if (before.page === route.value.page && before.key === route.value.key) return;
  requestAnimationFrame(() => document.getElementById('content')?.focus());
});

document.documentElement.lang = texts.htmlLang;

function Pages() {
  const { page } = route.value;
  if (asksForToken.value !== 'no') return <TokenForm />;
  if (page === 'workload') return <WorkloadPage route={route.value} />;
  if (page === 'savings') return <SavingsPage route={route.value} />;
  if (page === 'what-if') return <WhatIfPage route={route.value} key={route.value.key} />;
  return <FleetPage route={route.value} />;
}

function App() {
  const { page, key } = route.value;
  const link = (to: 'fleet' | 'savings', name: string) => (
    <a href={linkTo(to)} aria-current={page === to ? 'page' : undefined}>
      {name}
    </a>
  );
  document.title =
    key === '' ? `Prescale: ${texts.pages[page === 'savings' ? 'savings' : 'fleet']}` : `${key} · Prescale`;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        {texts.skip}
      </button>
      <header class="top">
        <strong>Prescale</strong>
        <nav aria-label="Prescale">
          {link('fleet', texts.pages.fleet)}
          {link('savings', texts.pages.savings)}
        </nav>
        <a
          class="language"
          lang={texts.other.lang}
          hreflang={texts.other.lang}
          href={`?lang=${texts.other.lang}${location.hash}`}
        >
          {texts.other.name}
        </a>
      </header>
      <Pages />
    </>
  );
}

render(<App />, document.getElementById('page')!);
