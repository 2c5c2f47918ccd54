/** One sample of Prometheus text: its labels and value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An app's samples of one metric; empty when the app does not answer. */
export async function readMetric(baseUrl: string, name: string): Promise<Sample[]> {
  try {
    const response = await fetch(`${baseUrl}/metrics`, { signal: AbortSignal.timeout(5_000) });
    return parseMetric(await response.text(), name);
  } catch {
    // A report without one figure is better than none.
    return [];
  }
}

export function parseMetric(text: string, name: string): Sample[] {
  const line = new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm');
  return [...text.matchAll(line)].map(([, labels = '', value]) => ({
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text]),
    ),
    value: Number(value),
  }));
}

export const sumOf = (samples: readonly Sample[]) => samples.reduce((sum, { value }) => sum + value, 0);
