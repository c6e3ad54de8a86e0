using LstmOrleans.Client.Sessions;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

public sealed partial class LstmClient
{
    /// <summary>Opens a stream if that was not done yet, and a session on it: from then on no other producer's events are applied.</summary>
    /// <param name="key">The application's own id of the stream.</param>
    /// <param name="model">A model's name or hash.</param>
    /// <param name="options">Who the producer is, and what it has stored.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="LstmException">
    /// Fenced: another session is open (<see cref="LstmException.Session"/>), or this one has ended. Duplicate: the producer's store is older than what it
    /// confirmed. StateRegressed: the stream's is older than what it told. And what <see cref="OpenAsync"/> throws.
    /// </exception>
    public async Task<StreamSession> OpenSessionAsync(string key, string model, StreamSessionOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(options.Session);
        ArgumentOutOfRangeException.ThrowIfZero(options.Incarnation);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Position);
        ArgumentOutOfRangeException.ThrowIfNegative(options.DurablePosition);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WindowEvents, 1);
        var stream = await OpenAsync(
            key, model, options.Incarnation, options.Options, options.Acknowledged, options.Mode, cancellation: cancellation).ConfigureAwait(false);
        var grain = _grains.GetGrain<IStreamGrain>(key);
        var opened = await SessionOpening.OpenAsync(grain, _calls, key, options, cancellation).ConfigureAwait(false);
        var start = SessionOpening.Start(key, options, opened);
        var flow = new EventFlow(stream, options.Session, start, options.WindowEvents, options.MostInputs, options.FinalOnly);
        flow.Learn(opened.Position, opened.History);
        if (options.History is { } history)
            flow.Learn(options.Position, history);
        return new StreamSession(grain, _calls, stream, options.Session, flow, start.ResumeAfter);
    }
}
