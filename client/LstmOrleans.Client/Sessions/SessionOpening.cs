using System.Globalization;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Sessions;

/// <summary>Getting hold of a stream, and letting it go.</summary>
internal static class SessionOpening
{
    // Two producers that take a stream from each other: one of them has to stop, and neither can know which.
    private const int MostRounds = 16;

    /// <summary>Opens a session behind whatever session the stream had last.</summary>
    /// <exception cref="LstmException">Fenced: another session is open and is not to be taken over, or this one has ended.</exception>
    public static async Task<SessionAnswer> OpenAsync(
        IStreamGrain grain, StreamCalls calls, string key, StreamSessionOptions options, CancellationToken cancellation)
    {
        var request = new SessionRequest { Key = key, Incarnation = options.Incarnation, Session = options.Session };
        for (int round = 1; ; round++)
        {
            var answer = await SendAsync(grain.OpenSession, calls, request, cancellation).ConfigureAwait(false);
            if (answer.Status == StreamStatus.Ok)
                return answer;
            bool isAnother = answer.Status == StreamStatus.Fenced && answer.Session != options.Session && answer.Session != request.Replaces;
            // An ended session is in nobody's way: naming it is only for this opening's late repeats.
            if (!isAnother || (answer.SessionIsOpen && !options.TakeOver) || round == MostRounds)
                throw Refused(key, answer, options.Session);
            request = request with { Replaces = answer.Session };
        }
    }

    public static async Task EndAsync(IStreamGrain grain, StreamCalls calls, SessionRequest request, CancellationToken cancellation)
    {
        var answer = await SendAsync(grain.EndSession, calls, request, cancellation).ConfigureAwait(false);
        if (answer.Status != StreamStatus.Ok)
            throw Refused(request.Key, answer, request.Session);
    }

    /// <summary>Where the flow of a session begins.</summary>
    /// <exception cref="LstmException">StateRegressed, or Duplicate: the producer's store is older than what it confirmed.</exception>
    public static FlowStart Start(string key, StreamSessionOptions options, SessionAnswer stream)
    {
        long told = options.Acknowledged;
        if (stream.Position < told)
            throw LstmException.Regressed(key, stream.Position, told);
        if (stream.Confirmed > options.Position)
        {
            throw new LstmException(StreamStatus.Duplicate, string.Create(CultureInfo.InvariantCulture,
                $"Stream '{key}' was told that answers up to position {stream.Confirmed} are stored, but this producer has stored {options.Position}: ")
                + "another one sent, or this one's store came back older. Resume from the store that was confirmed, "
                + "or go on behind the stream's position without those answers.")
            {
                Position = stream.Position,
                Incarnation = stream.Incarnation,
            };
        }

        return new FlowStart(options.Position, stream.Position, Math.Max(told, stream.DurablePosition));
    }

    private static Task<SessionAnswer> SendAsync(
        Func<SessionRequest, Task<SessionAnswer>> call, StreamCalls calls, SessionRequest request, CancellationToken cancellation) =>
        calls.RunAsync(() => call(request), answer => (answer.Status, answer.Detail), cancellation);

    private static LstmException Refused(string key, SessionAnswer answer, ulong session)
    {
        string remedy = answer.Status != StreamStatus.Fenced ? ""
            : answer.Session == session ? $" Session {session:x16} has ended; open one with a new id."
            : answer.SessionIsOpen ? $" Session {answer.Session:x16} holds stream '{key}' at position {answer.Position}. End it, or take the stream over (TakeOver) if its producer is gone."
            : "";
        return new LstmException(answer.Status, answer.Detail + remedy)
        {
            Position = answer.Position,
            Incarnation = answer.Incarnation,
            Session = answer.Session,
        };
    }
}
