import type {Tone} from "@/components/slip";
import type {Ticket} from "@/lib/api";

/** The tone in which sellers are told how it stands with their ticket. */
export const tones: Record<Ticket["status"], Tone> = {
  available: "good",
  reserved: "wait",
  sold: "good",
  past: "quiet",
  withdrawn: "quiet",
};
