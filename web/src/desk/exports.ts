import type { ExportFormat, JobFragment } from "../generated/desk";

/** A job whose answer is a file. */
export type Export = JobFragment & { format: ExportFormat };

export const FORMATS: readonly ExportFormat[] = ["XLSX", "CSV", "NDJSON", "PARQUET"];

/** The files made of a question, or being made; those that were stopped are gone. */
export function exportsOf(jobs: readonly JobFragment[], text: string): Export[] {
  return jobs.filter((job): job is Export => isExport(job) && job.query === text);
}

export function isExport(job: JobFragment): job is Export {
  return job.format !== null && job.state !== "STOPPED";
}

export function isBeingMade({ state }: JobFragment): boolean {
  return state === "WAITING" || state === "RUNNING";
}

/** Whether figures are left out of the file since they are about too few people. */
export function isSuppressed({ sight }: JobFragment): boolean {
  return Object.values((sight ?? {}) as Record<string, unknown>).includes("SUPPRESSED");
}
