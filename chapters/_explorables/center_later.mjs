/** What page 9.1.5's figure fetches when it is first played with. */
export { images, labels } from "./center_data.mjs";
export { forward, training } from "./center_training.mjs";
export { pixels_of } from "./drawn_digit.mjs";
