/** Shows a query's data, or what stands in its place. */
import { ErrorIcon, Notice, SkeletonBlock } from "@heliograph/ui";
import type { ReactNode } from "react";
import type { Answer } from "./session/use-console-query.ts";

type QueryStateProps<Data> = {
  answer: Answer<Data>;
  /** Height of the grey block while loading, in rem: that of what will stand there. */
  heightRem: number;
  children: (data: Data) => ReactNode;
};

export function QueryState<Data>({ answer, heightRem, children }: QueryStateProps<Data>) {
  switch (answer.state) {
    case "loading":
      return <SkeletonBlock heightRem={heightRem} />;
    case "failed":
      return (
        <Notice icon={ErrorIcon} title="This could not be read">
          <p>{answer.message}</p>
        </Notice>
      );
    case "ready":
      return children(answer.data);
    default:
      return answer satisfies never;
  }
}
