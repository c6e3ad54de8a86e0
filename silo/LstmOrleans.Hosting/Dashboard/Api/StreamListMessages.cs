namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>A page of streams.</summary>
/// <param name="Streams">In the order of their keys.</param>
/// <param name="More">Whether there are streams behind the last.</param>
internal sealed record StreamPageView(IReadOnlyList<StreamRowView> Streams, bool More);

/// <summary>A stream as the store knows it.</summary>
/// <param name="Key">The stream's key.</param>
/// <param name="Status">Ok, Closed or Damaged.</param>
/// <param name="Position">The durable position.</param>
/// <param name="Mode">Durable or Checkpointed.</param>
/// <param name="LastEventTime">Unix milliseconds of the last event's write; 0 = none yet.</param>
/// <param name="Model">Content hash.</param>
internal sealed record StreamRowView(string Key, string Status, long Position, string Mode, long LastEventTime, string Model);
