/** Who is to be asked, in order: as the router says, or without it. */
import type { RanModel } from "../contracts";
import type { Offer } from "../pool/pool";
import type { ReadRequest } from "../request/read";
import type { ChosenModelInfo, RouteResult } from "../wire/protocol";

export interface Candidate {
  readonly offer: Offer;
  readonly model: RanModel;
}

/** The decision's candidates that the editor offers. */
export function routed(route: RouteResult, offers: readonly Offer[]): Candidate[] {
  return route.candidates.flatMap((candidate) => {
    const offer = offerOf(candidate, offers);
    return offer === undefined ? [] : [{ offer, model: named(offer, candidate.id) }];
  });
}

/**
 * Without a router: the conversation's own model first, then the order of the last decision. Where there has
 * been one, only its candidates are asked, for the others were left out by a policy that cannot be asked now;
 * where there has been none, what the editor offers. Whoever lacks what the request needs comes last.
 */
export function unrouted(
  offers: readonly Offer[],
  request: ReadRequest,
  previous: RanModel | null,
  last: RouteResult | null,
): Candidate[] {
  const all =
    last === null ? offers.map((offer) => ({ offer, model: named(offer, null) })) : routed(last, offers);
  const rank = ({ offer, model }: Candidate): number =>
    lacks(offer, request) * 2 + (isSame(model, previous) ? 0 : 1);
  return all.filter(({ offer }) => offer.info.canSend !== false).sort((a, b) => rank(a) - rank(b));
}

function lacks(offer: Offer, request: ReadRequest): number {
  const { vision, tools, maxInputTokens } = offer.info;
  const full = maxInputTokens != null && maxInputTokens < request.promptTokens;
  return [request.hasImage && vision === false, request.needsTools && tools === false, full].filter(Boolean)
    .length;
}

function offerOf(candidate: ChosenModelInfo, offers: readonly Offer[]): Offer | undefined {
  return offers.find(({ info }) => info.vendor === candidate.vendor && info.id === candidate.editorId);
}

function named(offer: Offer, catalogId: string | null): RanModel {
  const { vendor, id, name } = offer.chat;
  return { vendor, editorId: id, name: name || id, catalogId };
}

function isSame(model: RanModel, other: RanModel | null): boolean {
  return other !== null && model.vendor === other.vendor && model.editorId === other.editorId;
}
