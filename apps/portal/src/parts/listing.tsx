import type { ReactNode } from 'react';
import classes from './listing.module.css';

export interface Column<Row> {
  readonly name: string;
  /** Nothing where the row has nothing to say: a dash in the table, left out where a row is a block. */
  readonly cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly act?: (row: Row) => ReactNode;
}

/** A table on a wide screen; on a narrow one each row is a block that names its own values. */
export function Listing<Row>({ label, columns, rows, keyOf, act }: Props<Row>) {
  return (
    <table className={classes['table']} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col">
              {column.name}
            </th>
          ))}
          {act !== undefined && <td />}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ name, cell }) => {
              const content = cell(row) ?? null;
              return (
                <td key={name} data-name={name} data-empty={content === null || undefined}>
                  {content ?? '–'}
                </td>
              );
            })}
            {act !== undefined && <td className={classes['act']}>{act(row)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
