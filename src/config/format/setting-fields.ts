/** The settings of tasks as keys of the pipeline file, and their values as settings. */
import { aboutWithDefault, snakeCase } from '../../model/fields.ts';
import {
  type PartialSettings,
  type Setting,
  settingEntries,
  type SettingName,
  type SETTINGS,
} from '../../model/settings.ts';
import type { RecordField, RecordOf } from './collections.ts';
import { plain } from './kinds.ts';

type SnakeCase<Key extends string> = Key extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${SnakeCase<Rest>}`
  : '';

type FieldsFor<Name extends SettingName> = {
  readonly [K in Name as SnakeCase<K>]: RecordField<NonNullable<PartialSettings[K]>>;
};

type SettingOfHooks = {
  [K in SettingName]: (typeof SETTINGS)[K] extends { forHooks: unknown } ? never : K;
}[SettingName];

/** The settings that a task and `defaults:` accept. */
export const settingFields = fieldsOf(() => true) as FieldsFor<SettingName>; // one each

export const hookSettingFields = fieldsOf(
  ({ forHooks }) => forHooks === undefined,
) as FieldsFor<SettingOfHooks>; // the same condition

/** Settings that are fixed for hooks, each with the reason. */
export const fixedForHooks: Readonly<Record<string, string>> = Object.fromEntries(
  settingEntries.flatMap(([name, { forHooks }]) =>
    forHooks === undefined ? [] : [[snakeCase(name), forHooks.why]],
  ),
);

function fieldsOf(
  isIn: (setting: Setting) => boolean,
): Readonly<Record<string, RecordField<unknown>>> {
  return Object.fromEntries(
    settingEntries
      .filter(([, setting]) => isIn(setting))
      .map(([name, setting]) => [
        snakeCase(name),
        {
          kind: plain(setting.kind),
          about: aboutWithDefault(setting),
          ...(setting.example === undefined ? {} : { example: setting.example }),
        },
      ]),
  );
}

export function settingsFrom(read: RecordOf<FieldsFor<SettingName>>): PartialSettings {
  const values: Readonly<Record<string, { readonly value: unknown }>> = read;
  return Object.fromEntries(
    keys.flatMap(([name, key]) => {
      const located = values[key];
      return located === undefined ? [] : [[name, located.value]];
    }),
  );
}

/** The keys are converted once, because a file may have thousands of tasks. */
const keys = settingEntries.map(([name]) => [name, snakeCase(name)] as const);
