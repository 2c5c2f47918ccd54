/** What jest and template literals put something else in place of, in the title of a test that runs for several cases. */
const PLACEHOLDER = /%[sdifjoOpc#]|\$\{[^}]*\}|\$[\w.#]+/g;

/** Matches the titles that a title of the source becomes when the tests run. */
export function titlePattern(title: string): RegExp {
  const fixed = title.split(PLACEHOLDER).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${fixed.join('[^]*')}$`);
}
