/** Tables that scroll sideways by themselves on a narrow screen, never the page. */
import type { ReactNode } from "react";
import { Spoken } from "./spoken.tsx";
import styles from "./table.module.css";

export type Column<Row> = {
  key: string;
  /** Empty for a column of buttons. */
  title: string;
  align?: "start" | "end";
  /** Sentences, which take several lines where there is little room. */
  wrap?: boolean;
  cell: (row: Row) => ReactNode;
};

type TableProps<Row> = {
  /** Read out as the table's name. */
  caption: string;
  columns: ReadonlyArray<Column<Row>>;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
};

/** The first column names the row. */
export function Table<Row>({ caption, columns, rows, rowKey }: TableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    <div className={styles.scroller} tabIndex={0} role="group" aria-label={caption}>
      <table className={styles.table}>
        <caption className={styles.caption}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" data-align={column.align}>
                {column.title === "" ? <Spoken>Actions</Spoken> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <TableRow key={rowKey(row)} row={row} columns={columns} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TableRow<Row>({ row, columns }: { row: Row; columns: ReadonlyArray<Column<Row>> }) {
  return (
    <tr>
      {columns.map((column, index) =>
        index === 0 ? (
          <th
            key={column.key}
            scope="row"
            data-align={column.align}
            data-wrap={column.wrap || undefined}
          >
            {column.cell(row)}
          </th>
        ) : (
          <td key={column.key} data-align={column.align} data-wrap={column.wrap || undefined}>
            {column.cell(row)}
          </td>
        ),
      )}
    </tr>
  );
}
