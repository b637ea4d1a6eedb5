/**
 * Settings whose fields, defaults and meanings are said by a zod schema: `@tenas/base/settings`. Apart from the rest, so that
 * zod is only loaded where there are settings.
 * @packageDocumentation
 */
export { readSettings } from './read.js';
export { type SettingKey, type SettingsShape, type SettingTree, settingsShape } from './shape.js';
