// Owns text as markup: nothing that a plant wrote becomes a tag, and the 2 of CO2 stands low.
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Fonts with Chinese often lack the character ₂: a subscript needs none. */
export const rich = (text: string): string => escapeHtml(text).replaceAll(/\b(\w*C)(O|H)(2|4)/g, '$1$2<sub>$3</sub>');
