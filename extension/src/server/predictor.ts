/** Whether the running server scores requests, followed until that is settled. */
import { setTimeout as pause } from "node:timers/promises";
import { type PredictorStatus, STATUS, type StatusResult } from "../wire/protocol";
import type { Session } from "./life";

const INTERVAL_MS = 300;

/** Resolves once the predictor is ready or has failed; undefined where the server ends before. */
export async function settledPredictor(session: Session): Promise<PredictorStatus | undefined> {
  const gone = session.ended.then(() => undefined);
  for (;;) {
    const asked = session.request<StatusResult>(STATUS, {}).catch(() => undefined);
    const status = await Promise.race([asked, gone]);
    if (status?.predictor.state !== "loading") return status?.predictor;
    await pause(INTERVAL_MS);
  }
}
