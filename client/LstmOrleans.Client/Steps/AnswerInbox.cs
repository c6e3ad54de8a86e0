using System.Collections.Concurrent;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Steps;

/// <summary>Submits steps, and takes the answers, which come gathered.</summary>
/// <remarks>
/// <para>The first step of a stream goes by itself (<see cref="IStreamGrain.Submit"/>). Its answer tells on which silo the stream lives, and the next goes there together with those of the
/// client's other streams (<see cref="StepPost"/>).</para>
/// <para>What is lost on the way is not told by anybody here: a step without an answer ends after <see cref="Patience"/>, and who cannot wait for that sends it again before.</para>
/// </remarks>
internal sealed class AnswerInbox : IStepPath, IAnswerReceiver
{
    /// <summary>As long as a call of Orleans waits for its response.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Where a step waits for so long and no answer to any has come meanwhile, steps are called for a while; and where that holds for those that went to one post of a silo, no more go there.</summary>
    public static readonly TimeSpan DeafAfter = TimeSpan.FromSeconds(2), CallsFor = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, SubmittedStep> _waiting = new();
    private readonly Lock _lock = new();
    private readonly Func<IAnswerReceiver, GrainId> _register;
    private readonly ConcurrentDictionary<SiloAddress, StepPost> _silos = new();
    private readonly Func<SiloAddress, StepPost> _makePost;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private bool _looks;
    private long _received, _callsUntil;
    private Address? _address;

    // Begins anywhere: whoever learns where a client takes its answers still does not know what it calls its steps.
    private long _calls = Random.Shared.NextInt64(long.MaxValue / 2);

    /// <param name="register">Makes this known to Orleans, at the first step; Orleans keeps only a weak reference, so whoever sends here holds it.</param>
    /// <param name="posts">A silo's posts, by number.</param>
    /// <param name="time">The clock.</param>
    public AnswerInbox(Func<IAnswerReceiver, GrainId> register, Func<SiloAddress, int, IStepPost> posts, TimeProvider time)
    {
        (_register, _time) = (register, time);
        _makePost = silo => new(number => posts(silo, number), _address!.Id, time, Failed);
        _timer = time.CreateTimer(static inbox => ((AnswerInbox)inbox!).EndLate(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Steps whose answer has not come.</summary>
    public int Count => _waiting.Count;

    public Task<StepAnswer> SendAsync(StepLine line, StepRequest request)
    {
        long now = _time.GetTimestamp();
        if (now < Volatile.Read(ref _callsUntil))
            return line.Grain.Step(request);
        var address = Volatile.Read(ref _address) ?? Register();
        // What a caller put into the request context, as a trace, goes with this step and no other.
        var post = line.Post is { } known && !known.Rests(now) && RequestContext.Keys is not ICollection<string> { Count: > 0 } ? known : null;
        long call = Interlocked.Increment(ref _calls);
        var waiting = new SubmittedStep(call, line, request, now);
        _waiting[call] = waiting;
        if (!Volatile.Read(ref _looks))
            BeginToLook();
        if (post != null)
        {
            post.Add(waiting);
            return waiting.Task;
        }

        Task sent;
        try
        {
            // Ends when it has left, which is at once.
            sent = line.Grain.Submit(request, address.Id, call);
        }
        catch
        {
            _waiting.TryRemove(call, out _);
            throw;
        }

        return sent.IsCompletedSuccessfully ? waiting.Task : WhenSentAsync(sent, call, waiting);
    }

    /// <inheritdoc/>
    public Task Receive(AnswerBundle bundle)
    {
        long now = _time.GetTimestamp();
        Volatile.Write(ref _received, now);
        Volatile.Write(ref _callsUntil, 0);
        StepPost? post = null;
        for (int index = 0; index < Math.Min(bundle.Calls.Length, bundle.Answers.Length); index++)
        {
            if (!_waiting.TryRemove(bundle.Calls[index], out var waiting))
                continue;
            waiting.Way?.Answered(now);
            // Only what was asked for is believed.
            waiting.Line.Post = post ??= bundle.Silo is { } silo ? _silos.GetOrAdd(silo, _makePost) : null;
            waiting.TrySetResult(bundle.Answers[index]);
        }

        return Task.CompletedTask;
    }

    private async Task<StepAnswer> WhenSentAsync(Task sent, long call, SubmittedStep waiting)
    {
        try
        {
            await sent.ConfigureAwait(false);
        }
        catch
        {
            _waiting.TryRemove(call, out _);
            throw;
        }

        return await waiting.Task.ConfigureAwait(false);
    }

    private void Failed(StepBundle bundle, StepWay way, Exception exception)
    {
        way.Rest(Later(_time.GetTimestamp()));
        // Whatever it is, none of these steps is to blame: not an exception that means a wrong argument of theirs.
        var failure = new LstmException(StreamStatus.NotNow, $"Steps could not be sent to their silo: {exception.Message} Send again.", exception);
        foreach (long call in bundle.Calls)
        {
            if (_waiting.TryRemove(call, out var waiting))
                waiting.TrySetException(failure);
        }
    }

    private long Later(long now) => now + (long)(CallsFor.TotalSeconds * _time.TimestampFrequency);

    private Address Register()
    {
        lock (_lock)
        {
            if (_address == null)
                Volatile.Write(ref _address, new Address(_register(this)));
            return _address!;
        }
    }

    private void BeginToLook()
    {
        lock (_lock)
        {
            if (_looks)
                return;
            Volatile.Write(ref _looks, true);
            _timer.Change(Look, Look);
        }
    }

    /// <summary>Ends what has waited for too long. Without anything to wait for the timer stops, so that it keeps nobody's inbox alive.</summary>
    private void EndLate()
    {
        long now = _time.GetTimestamp();
        bool isDeaf = _time.GetElapsedTime(Volatile.Read(ref _received), now) > DeafAfter;
        foreach (var (call, waiting) in _waiting)
        {
            // Silos that do not know submitted steps, or cannot reach this client: each step would cost its sender the time until it sends again.
            if (_time.GetElapsedTime(waiting.Began, now) > DeafAfter)
            {
                if (isDeaf)
                    Volatile.Write(ref _callsUntil, Later(now));
                if (waiting.Way is { } way && _time.GetElapsedTime(way.Heard, now) > DeafAfter)
                    way.Rest(Later(now));
            }

            if (_time.GetElapsedTime(waiting.Began) > Patience && _waiting.TryRemove(call, out _))
                waiting.TrySetException(new TimeoutException($"No answer to a submitted step came within {Patience.TotalSeconds:f0} s."));
        }

        lock (_lock)
        {
            // A step that comes now either waits for this lock, or has been put among the waiting before the look at them: never neither.
            Volatile.Write(ref _looks, false);
            Interlocked.MemoryBarrier();
            if (_waiting.IsEmpty)
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            else
                Volatile.Write(ref _looks, true);
        }
    }

    private sealed record Address(GrainId Id);
}
