// Owns a choice among few, written as words in a row.
export function Choices<T extends string>(props: {
  name: string;
  all: readonly T[];
  chosen: T;
  say: (one: T) => string;
  choose: (one: T) => void;
}) {
  const { name, all, chosen, say, choose } = props;
  return (
    <fieldset class="choices">
      <legend class="hidden">{name}</legend>
      {all.map((one) => (
        <button key={one} type="button" aria-pressed={one === chosen} onClick={() => choose(one)}>
          {say(one)}
        </button>
      ))}
    </fieldset>
  );
}
