using System.Text.Json;
using System.Threading.Channels;
using LstmOrleans.Silo.Models;
using LstmOrleans.Silo.Observation;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>Looks at all silos once a second while at least one page is open, and tells every page the same.</summary>
/// <remarks>
/// Each silo is asked once a second whatever the number of pages, and not at all when there is none. A silo that does not answer in time is left out
/// and not asked again until its answer has come or failed. The cluster's history is built from the silos' own, so the first page of a day shows the last hour too.
/// </remarks>
internal sealed partial class ClusterWatch
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1), AnswerLimit = TimeSpan.FromMilliseconds(600), NamesKept = TimeSpan.FromSeconds(10);

    // A page that is loaded again should not begin everything anew.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(10);

    private readonly IClusterMembershipService _members;
    private readonly SiloObservationClient _client;
    private readonly SiloAddress _here;
    private readonly LostSilos _lost;
    private readonly StreamCounts _counts;
    private readonly ModelStore _models;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;
    private readonly ILogger<ClusterWatch> _logger;

    private readonly Lock _guard = new();
    private readonly List<Channel<string>> _viewers = [];
    private readonly Dictionary<SiloAddress, SiloWatch> _silos = [];
    private readonly SlotHistory _history = new();
    private IReadOnlyDictionary<string, string[]> _names = new Dictionary<string, string[]>();
    private long _namesAt;
    private long _aloneSince;
    private bool _running;
    private bool _looked;

    public ClusterWatch(
        IClusterMembershipService members, LostSilos lost, SiloObservationClient client, ILocalSiloDetails silo, IGrainFactory grains, ModelStore models,
        TimeProvider time, IHostApplicationLifetime lifetime, ILogger<ClusterWatch> logger)
    {
        (_members, _lost, _client, _here, _models, _time, _stopping, _logger) = (members, lost, client, silo.SiloAddress, models, time, lifetime.ApplicationStopping, logger);
        _counts = new StreamCounts(grains, time);
    }

    /// <summary>Joins: a view a second, as JSON, until the reader stops reading or the process stops. A reader that is slow misses views.</summary>
    public ChannelReader<string> Join()
    {
        var viewer = Channel.CreateBounded<string>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_guard)
        {
            _viewers.Add(viewer);
            if (!_running)
            {
                _running = true;
                _ = Task.Run(RunAsync);
            }
        }

        return viewer.Reader;
    }

    public void Leave(ChannelReader<string> viewer)
    {
        lock (_guard)
        {
            _viewers.RemoveAll(known => known.Reader == viewer);
            _aloneSince = _time.GetTimestamp();
        }
    }

    /// <summary>The last hour, once the first view has come.</summary>
    public PointsView History()
    {
        lock (_guard)
            return OverviewPoints.All(_history, OverviewPicture.ToldByAll(_silos.Values));
    }

    private async Task RunAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(Period, _time);
            do
            {
                await LookAsync();
                if (EndIfAlone())
                    return;
            }
            while (await timer.WaitForNextTickAsync(_stopping));
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }

        lock (_guard)
        {
            _running = false;
            foreach (var viewer in _viewers)
                viewer.Writer.TryComplete();
            _viewers.Clear();
            Forget();
        }
    }

    private bool EndIfAlone()
    {
        lock (_guard)
        {
            if (_viewers.Count > 0 || _time.GetElapsedTime(_aloneSince) < Linger)
                return false;
            _running = false;
            Forget();
            return true;
        }
    }

    // What silos tell from now on would not be seen; the next look takes their whole hour again.
    private void Forget()
    {
        _silos.Clear();
        _history.Clear();
        _looked = false;
    }

    private async Task LookAsync()
    {
        SiloWatch[] silos = Members();
        _counts.Look();
        // Whoever is silent is asked too, but not waited for: the others' figures come as soon as ever.
        var asked = silos.Where(silo => silo.Status is SiloStatus.Active or SiloStatus.Joining or SiloStatus.ShuttingDown).Select(silo => (Silo: silo, Answer: silo.Ask())).ToArray();
        var answers = Task.WhenAll(asked.Where(one => !OverviewPicture.IsSilent(one.Silo)).Select(one => one.Answer));
        // The first look shows something only when somebody has answered.
        await Task.WhenAny(answers, Task.Delay(_looked ? AnswerLimit : AnswerLimit * 3, _time, _stopping));
        _looked = true;
        RefreshNames();
        lock (_guard)
        {
            foreach (var silo in silos)
                silo.Take(_history);
            var view = OverviewPicture.Of(silos, _here, _history, _counts.Newest, _names, _time);
            string json = JsonSerializer.Serialize(view, OverviewJson.Default.OverviewView);
            foreach (var viewer in _viewers)
                viewer.Writer.TryWrite(json);
        }
    }

    private SiloWatch[] Members()
    {
        var members = _members.CurrentSnapshot.Members;
        lock (_guard)
        {
            foreach (var (address, member) in members)
            {
                if (_silos.TryGetValue(address, out var known))
                    known.Became(member.Status);
                else if (member.Status is not (SiloStatus.Dead or SiloStatus.None))
                    (_silos[address] = new SiloWatch(address, _client.Read, _time)).Became(member.Status);
                else if (_lost.TryGet(address, out var before, out long at))
                    (_silos[address] = new SiloWatch(address, _client.Read, _time)).WasLost(before, at);
            }

            foreach (var silo in _silos.Values.ToArray())
            {
                if (!members.ContainsKey(silo.Address))
                    silo.Became(SiloStatus.Dead);
                if (silo.Status == SiloStatus.Dead && _time.GetElapsedTime(silo.DiedAt) > OverviewPicture.LostShown)
                    _silos.Remove(silo.Address);
            }

            return [.. _silos.Values.OrderBy(silo => silo.Address.Endpoint.ToString(), StringComparer.Ordinal).ThenBy(silo => silo.Address.Generation)];
        }
    }

    private void RefreshNames()
    {
        if (_namesAt != 0 && _time.GetElapsedTime(_namesAt) < NamesKept)
            return;
        _namesAt = _time.GetTimestamp();
        try
        {
            _names = _models.Directory.Names().GroupBy(entry => entry.Hash.ToString(), entry => entry.Name).ToDictionary(names => names.Key, names => names.Order(StringComparer.Ordinal).ToArray());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder cannot be read just now; hashes have to do.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The dashboard's overview stopped; pages connect again by themselves.")]
    private partial void LogFailed(Exception exception);
}
