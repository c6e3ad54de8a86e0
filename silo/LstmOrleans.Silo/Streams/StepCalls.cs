using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Silo.Streams;

/// <summary>Where the step calls of a silo are counted when they are over: one for all streams of a mode.</summary>
internal sealed class StepCalls(StreamAdmission admission, LstmMeter meter)
{
    private readonly OfMode _durable = new(admission, meter, StreamMode.Durable);
    private readonly OfMode _checkpointed = new(admission, meter, StreamMode.Checkpointed);
    private readonly OfMode _none = new(admission, meter, null);

    /// <summary>Those of streams in a mode; null = there is no stream.</summary>
    public OfMode Of(StreamMode? mode) => mode switch
    {
        StreamMode.Durable => _durable,
        StreamMode.Checkpointed => _checkpointed,
        _ => _none,
    };

    /// <summary>Those of one mode.</summary>
    public sealed class OfMode(StreamAdmission admission, LstmMeter meter, StreamMode? mode)
    {
        /// <summary>A call that was admitted is over; on any thread.</summary>
        /// <param name="began">When it came (<see cref="LstmMeter.StepBegins"/>).</param>
        /// <param name="status">Its answer; null = an exception.</param>
        public void Ended(long began, StreamStatus? status)
        {
            admission.Leave();
            meter.StepEnded(began, status, mode);
        }
    }
}
