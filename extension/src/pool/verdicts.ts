/** The pool as it stands, judged by the router: who could answer now, and why the others could not. */
import type { RouterClient } from "../contracts";
import type { EditorContext } from "../provider/answering";
import type { ModelVerdict } from "../wire/protocol";
import type { Pool } from "./pool";

export type AskPool = () => Promise<readonly ModelVerdict[]>;

/** Asked as a utility request, which leaves no trace in conversations, statistics or the log. */
export function poolVerdicts(router: RouterClient, pool: Pool, context: () => EditorContext): AskPool {
  return async () => {
    await pool.ready;
    const available = pool.offers.map((offer) => offer.info);
    const route = await router.route({ ...context(), prompt: "", event: "utility", available });
    return route.explanation.models;
  };
}
