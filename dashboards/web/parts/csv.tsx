// Owns the way of a table out of the page: as CSV, with a mark that tells spreadsheets that it is UTF-8.
const quoted = (cell: string | number | null): string => {
  const text = cell === null ? '' : String(cell);
  // A cell that begins like a formula would be computed by a spreadsheet.
  const safe = typeof cell === 'string' && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export function CsvButton({ name, rows }: { name: string; rows: () => (string | number | null)[][] }) {
  const save = () => {
    const text = rows()
      .map((row) => row.map(quoted).join(','))
      .join('\r\n');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([`\uFEFF${text}\r\n`], { type: 'text/csv' }));
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <button type="button" class="quiet csv" onClick={save}>
      CSV
    </button>
  );
}
