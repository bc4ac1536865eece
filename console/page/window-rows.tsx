import { Component, type ComponentChildren, createRef } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { placesOf } from './row-places.ts';

export interface WindowRowsProps<Row> {
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly label: string;
  readonly columns: number;
  /** In pixels; the same for all. */
  readonly height: number;
  readonly header: ComponentChildren;
  /** Told which rows are in the document whenever these change. */
  readonly onShown?: ((rows: readonly Row[]) => void) | undefined;
  /** The cells of a row. The link in it gets `tabIndex`. */
  readonly cells: (row: Row, tabIndex: number) => ComponentChildren;
}

/** Above and below what is seen. */
const SPARE = 8;

/** A table of rows of one height of which only those in sight are in the document: thousands scroll as tens do. */
export function WindowRows<Row>({ rows, keyOf, label, columns, height, header, cells, onShown }: WindowRowsProps<Row>) {
  const host = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ first: 0, count: 40 });
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);
  const look = () => {
    // A scroll may be told after the table has gone.
    if (!host.current) return;
    const { scrollTop, clientHeight } = host.current;
    const first = Math.max(0, Math.floor(scrollTop / height) - SPARE);
    const count = Math.ceil(clientHeight / height) + 2 * SPARE;
    setSeen((before) => (before.first === first && before.count === count ? before : { first, count }));
  };
  useEffect(() => {
    look();
    const watch = new ResizeObserver(look);
    watch.observe(host.current!);
    return () => watch.disconnect();
  }, [height]);
  const last = Math.max(0, rows.length - 1);
  const at = Math.min(active, last);
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    host.current?.querySelector<HTMLElement>(`[data-row="${at}"] a`)?.focus({ preventScroll: true });
  });
  const go = (to: number) => {
    const next = Math.min(last, Math.max(0, to));
    wantsFocus.current = true;
    setActive(next);
    const { scrollTop, clientHeight } = host.current!;
    // The header stays at the top and covers so much.
    const seenHeight = clientHeight - head.current!.offsetHeight;
    const top = next * height;
    if (top < scrollTop) host.current!.scrollTop = top;
    else if (top + height > scrollTop + seenHeight) host.current!.scrollTop = top + height - seenHeight;
    look();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Sorting is by the header's own buttons.
    if (head.current!.contains(event.target as Node)) return;
    const page = Math.max(1, Math.floor(host.current!.clientHeight / height) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: last,
    };
    const to = steps[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  const shown = rows.slice(seen.first, seen.first + seen.count);
  const places = useRef<ReadonlyMap<string, number>>(new Map());
  places.current = placesOf(shown.map(keyOf), places.current);
  useEffect(() => onShown?.(shown), [rows, seen]);
  // A row that is out of sight keeps its place in the order of the keyboard: the first in sight stands for it.
  const tabbed = at >= seen.first && at < seen.first + shown.length ? at : seen.first;
  return (
    <div class="rows" role="table" aria-label={label} aria-rowcount={rows.length + 1} aria-colcount={columns}>
      <div class="body" role="presentation" ref={host} onScroll={look} onKeyDown={onKeyDown}>
        <div role="rowgroup" class="head" ref={head}>
          <div role="row" aria-rowindex={1} class="row">
            {header}
          </div>
        </div>
        <div role="rowgroup">
          <div class="space" role="presentation" style={{ height: `${rows.length * height}px` }}>
            <div role="presentation" style={{ transform: `translateY(${seen.first * height}px)` }}>
              {shown.map((row, i) => {
                const index = seen.first + i;
                const tabIndex = index === tabbed ? 0 : -1;
                // An element that goes out of sight shows a row that comes into it: making one takes longer than all else of a scroll.
                return (
                  <RowLine
                    key={places.current.get(keyOf(row))}
                    {...{ row, index, tabIndex, height, keyOf, cells }}
                    onFocus={setActive}
                  />
                );
              })}
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}

interface RowLineProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly tabIndex: number;
  readonly height: number;
  readonly keyOf: WindowRowsProps<Row>['keyOf'];
  readonly cells: WindowRowsProps<Row>['cells'];
  readonly onFocus: (index: number) => void;
}

/** Made anew only where something of it is another one: most of a scroll's rows stay. */
class RowLine<Row> extends Component<RowLineProps<Row>> {
  private readonly line = createRef<HTMLDivElement>();

  override shouldComponentUpdate(next: RowLineProps<Row>): boolean {
    const { row, index, tabIndex, height, cells } = this.props;
    return (
      row !== next.row ||
      index !== next.index ||
      tabIndex !== next.tabIndex ||
      height !== next.height ||
      cells !== next.cells
    );
  }

  /** Before its element shows another row: the focus was on the one before, which is out of sight. */
  override getSnapshotBeforeUpdate({ row }: RowLineProps<Row>): null {
    const { activeElement } = document;
    const isOther = this.props.keyOf(row) !== this.props.keyOf(this.props.row);
    if (isOther && activeElement instanceof HTMLElement && this.line.current?.contains(activeElement)) {
      activeElement.blur();
    }
    return null;
  }

  override render() {
    const { row, index, tabIndex, height, cells, onFocus } = this.props;
    return (
      <div
        role="row"
        class="row"
        ref={this.line}
        aria-rowindex={index + 2}
        data-row={index}
        style={{ height: `${height}px` }}
        onFocusCapture={() => onFocus(index)}
      >
        {cells(row, tabIndex)}
      </div>
    );
  }
}
