import "server-only";
import {cookies} from "next/headers";
import {isLook, lookCookie, type Look} from "@/lib/look";

/** The look that the visitor has chosen in the footer, or as the device has it. */
export async function chosenLook(): Promise<Look> {
  const chosen = (await cookies()).get(lookCookie)?.value;
  return isLook(chosen) ? chosen : "auto";
}
