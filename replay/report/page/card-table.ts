import { type Markup, markup } from './markup.ts';

type Content = string | Markup;

export interface CardRow {
  /** Whose colour stands before it. */
  readonly policy: string;
  readonly title: Content;
  /** As many as there are columns. */
  readonly cells: readonly Content[];
}

/**
 * A table whose rows phones show as cards, each value under its column's title. The roles are written out because that
 * drops the implied ones.
 */
export function cardTable(
  caption: string,
  first: string,
  columns: readonly Content[],
  rows: readonly CardRow[],
): Markup {
  return markup`<table class="cards" role="table"><caption class="sr">${caption}</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">${first}</th>${columns.map(
    (title) => markup`<th role="columnheader" scope="col">${title}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => card(row, columns))}</tbody></table>`;
}

function card({ policy, title, cells }: CardRow, columns: readonly Content[]): Markup {
  return markup`<tr role="row" class="${policy}"><th role="rowheader" scope="row"><span class="key ${policy}"></span>${title}</th>${cells.map(
    (cell, i) => markup`<td role="cell"><span class="label">${columns[i]}</span>${cell}</td>`,
  )}</tr>
`;
}
