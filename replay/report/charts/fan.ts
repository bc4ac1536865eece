import type { ReplayResult } from '../../result.ts';
import { term } from '../page/glossary.ts';
import { type Markup, markup } from '../page/markup.ts';
import { note, section } from '../page/section.ts';
import type { Texts } from '../texts/en.ts';

/** The place of the forecast fan, which the page's script draws. */
export function fanSection({ dayAhead }: ReplayResult, texts: Texts): Markup {
  const { fan } = texts;
  const seconds = (dayAhead.values[0]?.length ?? 0) * dayAhead.stepSeconds;
  return section(
    'fan',
    fan.heading,
    note(markup`${fan.note(dayAhead.originSeconds, texts.model(dayAhead.model), seconds)} ${term(texts, 'quantile')}`),
    markup`<div id="fan-chart" class="chart" data-label="${fan.label}"></div>`,
  );
}
