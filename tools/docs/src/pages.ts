import { configurationPage } from './configuration';
import { eventsPage } from './events';
import { outcomesPage } from './outcomes';

/** The generated pages of docs/reference, by file name. `root` is the repository's root. */
export async function referencePages(root: string): Promise<Record<string, string>> {
  return {
    'outcomes.md': outcomesPage(),
    'events.md': eventsPage(root),
    'configuration.md': await configurationPage(root),
  };
}
