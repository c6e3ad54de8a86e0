using System.Collections.Concurrent;
using LstmOrleans.Contracts.Streams;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Answers;

/// <summary>Brings the answers to submitted steps to the clients that wait for them, all that wait for one client in one message.</summary>
/// <remarks>
/// <code>
///   grains of this silo        one queue a client                        client
///   ───── answer ────►┐
///   ───── answer ────►├─► waiting ──► at most two bundles on the way ──► IAnswerReceiver
///   ───── answer ────►┘      ▲                      │
///                            └── taken whole when ◄─┘ the client has one
/// </code>
/// A response of Orleans is a message for each call. Here a client that is busy gets few large messages and one that is not gets each answer at once, without a timer: what sets
/// the pace is how fast the client takes them.
/// </remarks>
internal partial class AnswerPost
{
    private readonly ILogger<AnswerPost> _logger;
    private readonly ConcurrentDictionary<GrainId, AnswerQueue> _queues = new();
    private readonly Func<GrainId, AnswerQueue> _make;

    public AnswerPost(IGrainFactory grains, ILocalSiloDetails silo, ILogger<AnswerPost> logger)
    {
        _logger = logger;
        _make = receiver => new(grains.GetGrain<IAnswerReceiver>(receiver), silo.SiloAddress, queue => _queues.TryRemove(new(receiver, queue)));
    }

    /// <summary>Clients that something is on the way to.</summary>
    public int Receivers => _queues.Count;

    /// <summary>Sends an answer. Never throws: an answer that cannot be brought is lost, and its client sends the call again.</summary>
    /// <param name="receiver">The client.</param>
    /// <param name="call">What the client calls the step.</param>
    /// <param name="answer">The answer.</param>
    public virtual void Tell(GrainId receiver, long call, StepAnswer answer)
    {
        // Not where a caller likes: what is no client has no answers to get, and its methods are not for this. The type itself, not how it begins: another one that
        // is made up may be no type at all, or one more for Orleans to remember.
        if (receiver.Type != GrainTypePrefix.ClientGrainType)
            return;
        try
        {
            while (_queues.GetOrAdd(receiver, _make) is var queue && !queue.TryAdd(call, answer))
            {
                // It has just ended; whoever ended it may not have come to this yet.
                _queues.TryRemove(new(receiver, queue));
            }
        }
        catch (Exception exception)
        {
            LogNotSent(receiver, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "An answer to {Receiver} could not be sent; its client sends the call again.")]
    private partial void LogNotSent(GrainId receiver, Exception exception);
}
