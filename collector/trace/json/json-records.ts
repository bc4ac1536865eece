import type { CellRow } from '../table/cell-table.ts';
import { isTime } from '../table/column-kind.ts';
import type { JsonPath } from './json-path.ts';
import { asList, asObject, asText, type JsonObject } from './json-value.ts';

/** Objects in objects further down hold no load. */
const MOST_DEPTH = 4;

/** The fields of an object, those of objects in it as `a.b`. */
export function flatCells(record: JsonObject, prefix = '', cells = new Map<string, string>()): Map<string, string> {
  for (const [key, value] of Object.entries(record)) {
    const name = `${prefix}${key}`;
    const inner = asObject(value);
    if (inner && name.split('.').length < MOST_DEPTH) flatCells(inner, `${name}.`, cells);
    else cells.set(name, asText(value));
  }
  return cells;
}

/**
 * The rows of a JSON document, whatever its shape: records, columns beside a list of rows, lists beside each other, times as keys.
 * @returns undefined where nothing in it looks like rows
 */
export function recordsOf(document: unknown, path: JsonPath = [], depth = 0): CellRow[] | undefined {
  const list = asList(document);
  if (list) return fromList(list, path);
  const object = asObject(document);
  if (object === undefined || depth > MOST_DEPTH) return undefined;
  const own =
    fromTable(object, path) ?? fromTimes(object, path) ?? fromLists(object, path) ?? fromColumns(object, path);
  if (own) return own;
  // A list somewhere below: if there is but one.
  const inner = Object.entries(object)
    .map(([key, value]) => recordsOf(value, [...path, key], depth + 1))
    .filter((rows) => rows !== undefined && rows.length > 0);
  return inner.length === 1 ? inner[0] : undefined;
}

/** `[{"time": …, "value": …}]`, or `[[time, value]]`. */
function fromList(list: readonly unknown[], path: JsonPath): CellRow[] | undefined {
  if (list.length === 1 && asObject(list[0])) {
    const inner = recordsOf(list[0], [...path, 0], 1);
    if (inner) return inner;
  }
  const rows: CellRow[] = [];
  for (const [i, one] of list.entries()) {
    const record = asObject(one);
    const cells = record ? flatCells(record) : listCells(asList(one));
    if (cells === undefined) return undefined;
    rows.push({ cells, place: () => [...path, i] });
  }
  return rows;
}

/** `{"columns": ["time", "value"], "data": [[…]]}`: pandas, Log Analytics and others. */
function fromTable(object: JsonObject, path: JsonPath): CellRow[] | undefined {
  const fields = asList(object.columns) ?? asList(asObject(object.schema)?.fields);
  const key = ['data', 'rows', 'values'].find((name) => asList(object[name]) !== undefined);
  if (fields === undefined || key === undefined) return undefined;
  const names = fields.map((field) => asText(asObject(field)?.name ?? field));
  const index = asList(object.index);
  return asList(object[key])!.map((row, i) => {
    const cells = new Map(names.map((name, column) => [name, asText(asList(row)?.[column])]));
    if (index) cells.set('index', asText(index[i]));
    return { cells, place: () => [...path, key, i] };
  });
}

/** `{"1778457600000": 35.02}`. */
function fromTimes(object: JsonObject, path: JsonPath): CellRow[] | undefined {
  const entries = Object.entries(object);
  if (entries.length < 2 || !entries.every(([key, value]) => isTime(key) && asObject(value) === undefined))
    return undefined;
  return entries.map(([key, value]) => ({
    cells: new Map([
      ['time', key],
      ['value', asText(value)],
    ]),
    place: () => [...path, key],
  }));
}

/** `{"timestamps": […], "values": […]}`. */
function fromLists(object: JsonObject, path: JsonPath): CellRow[] | undefined {
  const lists = Object.entries(object).filter((entry): entry is [string, unknown[]] => asList(entry[1]) !== undefined);
  const length = lists[0]?.[1].length ?? 0;
  const isPlain = lists.every(
    ([, list]) => list.length === length && asObject(list[0]) === undefined && asList(list[0]) === undefined,
  );
  if (lists.length < 2 || length === 0 || !isPlain) return undefined;
  return Array.from({ length }, (_, i) => ({
    cells: new Map(lists.map(([name, list]) => [name, asText(list[i])])),
    place: () => [...path, lists[0]![0], i],
  }));
}

/** `{"time": {"0": …}, "value": {"0": …}}`, or `{"value": {"1778457600000": …}}`: what pandas writes of a frame. */
function fromColumns(object: JsonObject, path: JsonPath): CellRow[] | undefined {
  const columns = Object.entries(object).map(([name, value]) => [name, asObject(value)] as const);
  const [first] = columns;
  const keys = Object.keys(first?.[1] ?? {});
  if (keys.length < 2 || !columns.every(([, column]) => column !== undefined && keys.every((key) => key in column)))
    return undefined;
  const isIndexed = keys.every(isTime);
  if (!isIndexed && !keys.every((key) => /^\d+$/.test(key))) return undefined;
  return keys.map((key) => {
    const cells = new Map(columns.map(([name, column]) => [name, asText(column![key])]));
    if (isIndexed) cells.set('time', key);
    return { cells, place: () => [...path, first![0], key] };
  });
}

function listCells(list: readonly unknown[] | undefined): Map<string, string> | undefined {
  return list && new Map(list.map((value, i) => [`${i + 1}`, asText(value)]));
}
